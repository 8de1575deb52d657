#pragma once

#include <cmath>

/// A point, a direction or a colour.
struct Vec {
  double x = 0, y = 0, z = 0;

  friend constexpr Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend constexpr Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend constexpr Vec operator*(Vec a, Vec b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
  friend constexpr Vec operator*(Vec a, double k) { return {a.x * k, a.y * k, a.z * k}; }
  friend constexpr Vec operator*(double k, Vec a) { return a * k; }
  friend constexpr Vec operator-(Vec a) { return a * -1; }
};

constexpr double dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
constexpr Vec cross(Vec a, Vec b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline Vec unit(Vec a) { return a * (1 / std::sqrt(dot(a, a))); }

/// From a, for share 0, to b, for share 1.
constexpr Vec mix(Vec a, Vec b, double share) { return a + (b - a) * share; }
