// What cannot cross to another process does not compile, and the compiler says which type, and why.

#include <twill/mp/event.hpp>
#include <twill/mp/serialize.hpp>

namespace mp = twill::mp;

struct Message {
  int number;
  const char* text;
};

struct Referring {
  int number;
  int& other;
};

class Closed {
 public:
  explicit Closed(int number) : number_(number) {}

 private:
  int number_;
};

struct Base {
  int number;
};
struct Derived : Base {
  int more;
};

struct Virtual {
  virtual ~Virtual() = default;
};

struct ForCereal {
  int number;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

enum Loose { some, others };

union Either {
  int i;
  float f;
};

struct Large {
  int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z;
};

class Owning {
 public:
  ~Owning() {}
};
template <>
inline constexpr bool twill::mp::by_copy<Owning> = true;

template <class T>
void send(const T& value) {
  mp::to_bytes(value);
}

void all() {
  // says: const char
  // says: Message
  // says: a pointer means nothing in another process: send the value, or an index
  mp::from_bytes<std::vector<Message>>({});
  // says: a reference means nothing in another process: send the value
  mp::from_bytes<Referring>({});
  // says: processes share an object from their start on: pass std::ref() of it to Process
  mp::Event event;
  send(std::ref(event));
  // says: processes share an object from their start on: pass std::ref() of it to Process
  mp::from_bytes<mp::Event>({});
  // says: a view points to what stays in this process: send a std::string or a std::vector
  send(std::string_view());
  // says: nothing is shared with another process by a shared_ptr: send the value
  send(std::shared_ptr<int>());
  // says: an array is no value: send a std::array or a std::string
  send("text");
  // says: not every number is a value of this enum
  send(some);
  // says: which member of a union is alive is not known: send a std::variant
  mp::from_bytes<Either>({});
  // says: a class with virtual functions may be any of its heirs
  mp::from_bytes<Virtual>({});
  // says: this class has functions for cereal: include <twill/mp/cereal.hpp>
  mp::from_bytes<ForCereal>({});
  // says: Closed
  // says: twill cannot look into a class with private parts or constructors
  send(std::map<int, std::optional<Closed>>());
  // says: an aggregate with a base class: make the base its first field
  mp::from_bytes<Derived>({});
  // says: an aggregate of more than 24 fields
  mp::from_bytes<Large>({});
  // says: by_copy is for trivially copyable types
  mp::from_bytes<Owning>({});
}
