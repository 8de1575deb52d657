#!/bin/sh
# prove.sh cmake|pkgconfig|shared BUILD COMPILER
# Installs the twill of the folder BUILD into a new prefix, then builds and runs the project beside
# this file against nothing but that prefix. `shared` first builds a libtwill.so.
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

cmake --install "$build" --prefix "$work/prefix"

if [ "$way" = pkgconfig ]; then
  PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name twill.pc)")
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046  # the flags are meant to be split
  "$compiler" -std=c++20 "$here/main.cpp" -o "$work/consumer" $(pkg-config --cflags --libs twill)
else
  cmake -S "$here" -B "$work" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_PREFIX_PATH="$work/prefix"
  cmake --build "$work"
fi
"$work/consumer"
