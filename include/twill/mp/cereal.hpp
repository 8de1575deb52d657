#pragma once

#include <cereal/cereal.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <twill/mp/reader.hpp>
#include <twill/mp/sendable.hpp>
#include <twill/mp/serialize.hpp>
#include <twill/mp/writer.hpp>
#include <twill/platform/abi.hpp>

/// For classes that have functions for cereal already; the only header of twill that needs cereal.

TWILL_BEGIN
namespace mp {
namespace detail {

/// An archive of cereal. Whatever crosses without cereal does so, containers too.
template <class Out>
class CerealOutput
    : public cereal::OutputArchive<CerealOutput<Out>, cereal::AllowEmptyClassElision> {
  using Base = cereal::OutputArchive<CerealOutput, cereal::AllowEmptyClassElision>;

 public:
  explicit CerealOutput(Out& out) : Base(this), out_(out) {}

  /// By the functions that T has for cereal.
  template <class T>
  void put_by_cereal(const T& value) {
    const typename Out::Level level(out_);
    Base::operator()(value);
  }

  Out& out() noexcept { return out_; }

  template <class... Ts>
  CerealOutput& operator()(Ts&&... values) {
    (put(values), ...);
    return *this;
  }
  template <class T>
  CerealOutput& operator&(T&& value) {
    return (*this)(value);
  }
  template <class T>
  CerealOutput& operator<<(T&& value) {
    return (*this)(value);
  }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (Sendable<T>)
      out_.write(value);
    else
      put_by_cereal(value);
  }
  Out& out_;
};

class CerealInput : public cereal::InputArchive<CerealInput, cereal::AllowEmptyClassElision> {
  using Base = cereal::InputArchive<CerealInput, cereal::AllowEmptyClassElision>;

 public:
  explicit CerealInput(Reader& in) : Base(this), in_(in) {}

  template <class T>
  void get_by_cereal(T& value) {
    const Reader::Level level(in_);
    Base::operator()(value);
  }

  Reader& in() noexcept { return in_; }

  template <class... Ts>
  CerealInput& operator()(Ts&&... values) {
    (get(values), ...);
    return *this;
  }
  template <class T>
  CerealInput& operator&(T&& value) {
    return (*this)(value);
  }
  template <class T>
  CerealInput& operator>>(T&& value) {
    return (*this)(value);
  }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (Sendable<T>)
      value = in_.read<T>();
    else
      get_by_cereal(value);
  }
  Reader& in_;
};

// What cereal itself gives to an archive.
template <class Out, class T>
  requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(CerealOutput<Out>& archive, const T& number) {
  archive(number);
}
template <class Out, class T>
void CEREAL_SAVE_FUNCTION_NAME(CerealOutput<Out>& archive, const cereal::NameValuePair<T>& named) {
  archive(named.value);
}
template <class Out, class T>
void CEREAL_SAVE_FUNCTION_NAME(CerealOutput<Out>& archive, const cereal::SizeTag<T>& tag) {
  archive.out().write_count(static_cast<std::size_t>(tag.size));
}
template <class Out, class T>
void CEREAL_SAVE_FUNCTION_NAME(CerealOutput<Out>& archive, const cereal::BinaryData<T>& data) {
  archive.out().write_block(static_cast<const std::byte*>(data.data), data.size);
}

template <class T>
  requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(CerealInput& archive, T& number) {
  archive(number);
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(CerealInput& archive, cereal::NameValuePair<T>& named) {
  archive(named.value);
}
/// Every element has a byte at least.
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(CerealInput& archive, cereal::SizeTag<T>& tag) {
  const std::size_t count = archive.in().read<std::uint64_t>();
  if (count > archive.in().left()) archive.in().fail("more elements than bytes");
  tag.size = count;
}
template <class T>
void CEREAL_LOAD_FUNCTION_NAME(CerealInput& archive, cereal::BinaryData<T>& data) {
  const std::byte* const from = archive.in().read_bytes(data.size);
  if (data.size != 0) std::memcpy(data.data, from, data.size);
}

}  // namespace detail

/// The Codec of a class that has functions for cereal (serialize, load and save, with a version or
/// without, private or free), and is default-constructible:
///
///     template <>
///     struct twill::mp::Codec<Account> : twill::mp::CerealCodec<Account> {};
///
/// What these give to the archive crosses as it does without cereal, with all checks, and by
/// cereal's functions only where it cannot. Pointers to a base that cereal has to look up by name
/// are refused: a DecodeError.
template <class T>
  requires std::default_initializable<T>
struct CerealCodec {
  template <class Out>
  static void encode(Out& out, const T& value) {
    detail::CerealOutput<Out>(out).put_by_cereal(value);
  }

  static T decode(Reader& in) try {
    T value;
    detail::CerealInput(in).get_by_cereal(value);
    return value;
  } catch (const cereal::Exception& e) {
    in.fail(e.what());
  }
};

}  // namespace mp
TWILL_END
