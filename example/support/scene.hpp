#pragma once

#include <limits>
#include <numbers>
#include <vector>

#include "vec.hpp"

struct Ray {
  Vec origin, direction;

  Vec at(double distance) const { return origin + distance * direction; }
};

enum class Surface { polished, metal, glass };

struct Material {
  Vec colour;
  Surface surface = Surface::polished;
};

struct Sphere {
  Vec centre;
  double radius;
  Material material;
};

struct Hit {
  double distance = std::numeric_limits<double>::infinity();
  Vec point = {}, normal = {};
  Material material = {};
  bool is_floor = false;

  explicit operator bool() const { return std::isfinite(distance); }
};

/// How far it is along the ray to the sphere; endless if it is not met.
inline double distance_to(const Sphere& sphere, const Ray& ray) {
  constexpr double kEndless = std::numeric_limits<double>::infinity(), kClose = 1e-6;
  const Vec to_ray = ray.origin - sphere.centre;
  const double middle = -dot(to_ray, ray.direction);
  const double square = middle * middle - dot(to_ray, to_ray) + sphere.radius * sphere.radius;
  if (square < 0) return kEndless;
  const double half = std::sqrt(square);
  if (middle - half > kClose) return middle - half;
  return middle + half > kClose ? middle + half : kEndless;
}

/// Spheres on a checkered floor at y = 0, under the sky.
struct Scene {
  std::vector<Sphere> spheres;

  /// The first thing that the ray meets.
  Hit first_hit(const Ray& ray) const {
    Hit hit;
    const Sphere* nearest = nullptr;
    for (const Sphere& sphere : spheres)
      if (const double distance = distance_to(sphere, ray); distance < hit.distance)
        hit.distance = distance, nearest = &sphere;
    const double to_floor = -ray.origin.y / ray.direction.y;
    if (to_floor > 1e-6 && to_floor < hit.distance) return floor_at(ray, to_floor);
    if (nearest == nullptr) return hit;
    hit.point = ray.at(hit.distance);
    hit.normal = (hit.point - nearest->centre) * (1 / nearest->radius);
    hit.material = nearest->material;
    return hit;
  }

 private:
  static Hit floor_at(const Ray& ray, double distance) {
    const Vec point = ray.at(distance);
    const bool dark = (std::lround(std::floor(point.x) + std::floor(point.z)) & 1) != 0;
    const Vec colour = dark ? Vec{.03, .035, .05} : Vec{.60, .55, .47};
    return {distance, point, {0, 1, 0}, {colour}, true};
  }
};

/// Three large spheres, of metal, glass and lacquer, in a ring of small ones.
inline Scene three_in_a_ring() {
  Scene scene{{{{-1.25, 1.2, .7}, 1.2, {{.95, .95, .96}, Surface::metal}},
               {{.72, .8, -1.0}, .8, {{.96, .99, .98}, Surface::glass}},
               {{1.7, 1, 1.5}, 1, {{.55, .02, .025}}}}};
  constexpr int kSmall = 18;
  for (int i = 0; i < kSmall; ++i) {
    const double turn = 2 * std::numbers::pi * (i + .5) / kSmall, hue = turn + 2.3;
    const double radius = .21 + .05 * (i % 3);
    const Vec colour{.42 + .38 * std::cos(hue), .33 + .29 * std::cos(hue - 2.1),
                     .36 + .34 * std::cos(hue + 2.1)};
    const Vec centre{.2 + 3.05 * std::cos(turn), radius, .1 + 2.75 * std::sin(turn)};
    scene.spheres.push_back(
        {centre, radius, {colour, i % 3 == 2 ? Surface::metal : Surface::polished}});
  }
  return scene;
}
