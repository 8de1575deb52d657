# shellcheck shell=sh
# What ./run, ./test and ./bench share. They stand in the root of the sources when they call it; all
# that it says goes to stderr, so that the output of programs stays clean.

say() {
  printf 'twill: %s\n' "$*" >&2
}

# The comment block that opens a script is its help.
help() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
}

# configure PRESET [-DNAME=VALUE...]: quiet unless it fails.
configure() {
  log=build/$1.log
  mkdir -p build
  [ -e "build/$1/build.ninja" ] || say "configuring build/$1"
  if ! cmake --preset "$@" >"$log" 2>&1; then
    cat "$log" >&2
    say "configuring failed; the lines above are in $log"
    return 1
  fi
}

# build PRESET TARGET: shows progress on a terminal, and else what fails only.
build() {
  quiet=--quiet
  [ ! -t 2 ] || quiet=
  first=
  [ -e "build/$1/.ninja_log" ] || first=" (the first time takes minutes)"
  say "building $2 in build/$1$first"
  # shellcheck disable=SC2086  # an empty word must vanish
  cmake --build "build/$1" --target "$2" -- $quiet >&2
}
