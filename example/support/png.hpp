#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <png.h>

/// Writes a picture, given as rows of bytes: red, green and blue of each pixel. Throws
/// std::runtime_error, and leaves no file, if it cannot.
inline void save_png(const std::vector<std::vector<std::uint8_t>>& rows, const std::string& file) {
  std::vector<std::uint8_t> bytes;
  for (const auto& row : rows) bytes.insert(bytes.end(), row.begin(), row.end());

  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.format = PNG_FORMAT_RGB;
  png.width = static_cast<png_uint_32>(rows.at(0).size() / 3);
  png.height = static_cast<png_uint_32>(rows.size());
  if (png_image_write_to_file(&png, file.c_str(), 0, bytes.data(), 0, nullptr) == 0)
    throw std::runtime_error(file + ": " + png.message);
}
