#pragma once

#include <algorithm>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

#include "scene.hpp"

/// Follows light backwards, from the eye to the sun.
class Tracer {
 public:
  Tracer(Scene scene, int width, int height)
      : scene_(std::move(scene)), width_(width), height_(height) {}

  /// Row y of the picture, counted from its top: red, green and blue of each pixel. The same for
  /// every call, whichever thread makes it.
  std::vector<std::uint8_t> row(int y) const {
    std::mt19937 dice(static_cast<unsigned>(y));
    std::vector<std::uint8_t> bytes;
    for (int x = 0; x < width_; ++x) {
      const Vec colour = pixel(x, y, dice);
      for (const double light : {colour.x, colour.y, colour.z}) bytes.push_back(exposed(light));
    }
    return bytes;
  }

 private:
  static constexpr int kGrid = 4;  ///< a pixel is the mean of kGrid * kGrid rays
  static constexpr int kBounces = 7;
  static constexpr double kSunRadius = .065;  ///< seen from here: shadows are as soft as that
  static constexpr Vec kSunlight{2.5, 2.0, 1.4}, kHorizon{.50, .57, .68}, kZenith{.04, .12, .36};

  /// Each ray has a sun of its own, which is one point of the sun's disc: together they cover it.
  Vec pixel(int x, int y, std::mt19937& dice) const {
    const double u = dice() * 0x1p-32, v = dice() * 0x1p-32;
    Vec sum;
    for (int i = 0; i < kGrid * kGrid; ++i) {
      const double radius = std::sqrt(fraction(u + i * .7548776662466927));
      const double angle = 2 * std::numbers::pi * fraction(v + i * .5698402909980532);
      const Vec sun = unit(to_sun_ + kSunRadius * radius *
                                         (std::cos(angle) * sun_x_ + std::sin(angle) * sun_y_));
      sum = sum + light_from(from_eye(x + (i % kGrid + .5) / kGrid, y + (i / kGrid + .5) / kGrid),
                             sun, kBounces);
    }
    return sum * (1.0 / (kGrid * kGrid));
  }

  Ray from_eye(double x, double y) const {
    const double scale = .46 / width_;
    return {eye_, unit(ahead_ + scale * ((2 * x - width_) * right_ + (height_ - 2 * y) * up_))};
  }

  /// What comes back along a ray.
  Vec light_from(const Ray& ray, Vec sun, int bounces) const {
    if (bounces == 0) return kHorizon;
    const Hit hit = scene_.first_hit(ray);
    if (!hit) return sky(ray.direction);
    if (hit.material.surface == Surface::glass) return through_glass(ray, hit, sun, bounces);

    const double facing = -dot(ray.direction, hit.normal);
    const Ray bounced{hit.point, mirrored(ray.direction, hit.normal)};
    const Vec reflected = light_from(bounced, sun, bounces - 1);
    if (hit.material.surface == Surface::metal)
      return reflected * mix(hit.material.colour, {1, 1, 1}, grazing(facing));
    if (!hit.is_floor) return mix(lit(hit, sun), reflected, .05 + .95 * grazing(facing));
    const Vec floor = mix(lit(hit, sun), reflected, .04 + .4 * grazing(facing));
    return mix(kHorizon, floor, std::exp(-.0006 * hit.distance * hit.distance));
  }

  Vec through_glass(const Ray& ray, const Hit& hit, Vec sun, int bounces) const {
    const bool enters = dot(ray.direction, hit.normal) < 0;
    const Vec normal = enters ? hit.normal : -hit.normal;
    const double bends = enters ? 1 / 1.5 : 1.5, facing = -dot(ray.direction, normal);
    const double square = 1 - bends * bends * (1 - facing * facing);
    const Ray bounced{hit.point, mirrored(ray.direction, normal)};
    if (square < 0) return light_from(bounced, sun, bounces - 1);  // total reflection

    const double inside = std::sqrt(square), share = .04 + .96 * grazing(enters ? facing : inside);
    const Ray refracted{hit.point,
                        unit(bends * ray.direction + (bends * facing - inside) * normal)};
    const Vec passed = hit.material.colour * light_from(refracted, sun, bounces - 1);
    if (!enters) return passed;  // what stays inside is too faint to be followed
    return mix(passed, light_from(bounced, sun, bounces - 1), share);
  }

  /// What a surface that is no mirror makes of the light of the sun, the sky and the floor.
  Vec lit(const Hit& hit, Vec sun) const {
    Vec light = mix({.13, .105, .08}, {.14, .20, .31}, .5 + .5 * hit.normal.y);
    for (const Sphere& sphere : scene_.spheres) {  // each hides a part of the sky
      const Vec to = sphere.centre - hit.point;
      const double square = dot(to, to), cosine = dot(hit.normal, to) / std::sqrt(square);
      if (cosine > 0 && square > sphere.radius * sphere.radius)
        light = light * (1 - .85 * cosine * sphere.radius * sphere.radius / square);
    }
    const double facing = dot(hit.normal, sun);
    if (facing > 0) light = light + facing * kSunlight * sunshine({hit.point, sun});
    return hit.material.colour * light;
  }

  /// The share of the sun's light that no sphere takes away. Glass lets most through its middle.
  Vec sunshine(const Ray& ray) const {
    Vec share{1, 1, 1};
    for (const Sphere& sphere : scene_.spheres) {
      const double distance = distance_to(sphere, ray);
      if (!std::isfinite(distance)) continue;
      if (sphere.material.surface != Surface::glass) return {};
      const Vec normal = (ray.at(distance) - sphere.centre) * (1 / sphere.radius);
      const double facing = std::abs(dot(normal, ray.direction));
      share = share * sphere.material.colour * (.15 + 1.1 * facing * facing * facing * facing);
    }
    return share;
  }

  Vec sky(Vec direction) const {
    const double near_sun = std::max(0.0, dot(direction, to_sun_));
    const Vec air = mix(kHorizon, kZenith, std::pow(std::clamp(direction.y, 0.0, 1.0), .3));
    const Vec glow = kSunlight * (.12 * std::pow(near_sun, 24));
    return near_sun > std::cos(kSunRadius) ? 14 * kSunlight : air + glow;
  }

  static Vec mirrored(Vec direction, Vec normal) {
    return direction - 2 * dot(direction, normal) * normal;
  }
  /// How much more a surface reflects the flatter one looks at it: Schlick's approximation, 1994.
  static double grazing(double facing) {
    const double flat = 1 - std::clamp(facing, 0.0, 1.0);
    return flat * flat * flat * flat * flat;
  }
  static double fraction(double number) { return number - std::floor(number); }
  /// As film does, deep shadows and soft lights: the curve of ACES, by Narkowicz's formula of 2015.
  /// Then the one that screens expect.
  static std::uint8_t exposed(double light) {
    const double film =
        std::min(1.0, light * (2.51 * light + .03) / (light * (2.43 * light + .59) + .14));
    return static_cast<std::uint8_t>(std::lround(255 * std::pow(film, 1 / 2.2)));
  }

  const Scene scene_;
  const int width_, height_;

  const Vec eye_{.5, 3.0, -8.2};
  const Vec ahead_ = unit(Vec{.22, .86, 0} - eye_);
  const Vec right_ = unit(cross({0, 1, 0}, ahead_)), up_ = cross(ahead_, right_);
  const Vec to_sun_ = unit({-.74, .58, .34});
  const Vec sun_x_ = unit(cross({0, 1, 0}, to_sun_)), sun_y_ = cross(to_sun_, sun_x_);
};
