#!/bin/sh
# prove.sh cmake|pkgconfig|shared BUILD COMPILER
# Installs the twill of the folder BUILD into a new prefix, then builds and runs the project beside
# this file against nothing but that prefix. `shared` first builds a libtwill.so. By CMake, two more
# programs are built, one of which explores: that costs the fast path of a Lock no instruction.
set -eu
way=$1 build=$2 compiler=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$way" = shared ]; then
  build=$build/shared
  cmake -S "$here/../.." -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON -DTWILL_BUILD_EXAMPLES=OFF
  cmake --build "$build"
fi

# The instructions of pass() in a program, without what depends on where it stands.
code_of() {
  objdump -d --no-show-raw-insn --no-addresses "$1" | awk '/^<pass>:/, /^$/' |
    sed 's/0x[0-9a-f]*(/(/; s/mov  *[$]0xfffffffff[0-9a-f]*,/mov thread_local,/; s/%fs:0x[0-9a-f]*/%fs:/'
}

cmake --install "$build" --prefix "$work/prefix"

if [ "$way" = pkgconfig ]; then
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name twill.pc)")
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046  # the flags are meant to be split
  "$compiler" -std=c++20 "$here/main.cpp" -o "$work/consumer" $(pkg-config --cflags --libs twill)
else
  cmake -S "$here" -B "$work" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$work/prefix"
  cmake --build "$work"
  "$work/plain"
  "$work/explored"
  code_of "$work/plain" >"$work/plain.code"
  code_of "$work/explored" >"$work/explored.code"
  test "$(wc -l <"$work/plain.code")" -gt 10
  diff "$work/plain.code" "$work/explored.code"
  if [ "$way" = cmake ] && nm "$work/plain" | grep explorer; then
    echo "the program without the explorer has it" >&2
    exit 1
  fi
fi
"$work/consumer"
