#!/bin/sh
# prove.sh FILE COMPILER: the compiler refuses FILE, and says what each of its lines "// says: ..."
# has after the colon.
set -eu
file=$1 compiler=$2
here=$(cd "$(dirname "$0")" && pwd)

if said=$("$compiler" -std=c++20 -I"$here/../../../include" -fsyntax-only "$file" 2>&1); then
  echo "$file compiles" >&2
  exit 1
fi
expected=$(sed -n 's|^ *// says: ||p' "$file")
test -n "$expected"
echo "$expected" | while read -r words; do
  if ! printf '%s' "$said" | grep -qF -- "$words"; then
    echo "not said: $words" >&2
    printf '%s\n' "$said" | grep error >&2
    exit 1
  fi
done
