// What C++ functions were called with and what they returned, said by the program itself in the
// form in which values are shown: one line a call. Exercises references, classes that are passed by
// reference behind the scenes, `this`, inheritance, strings, views, vectors and namespaces.
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#ifdef __clang__
#define CALLED __attribute__((noinline, optnone))
#else
#define CALLED __attribute__((noipa))
#endif

namespace shop {

enum class Size : unsigned char { Small, Large = 200 };

struct Price {
  int euros = 0;
  int cents = 0;
};

struct Base {
  short id = 0;
};
struct Item : Base {
  double weight = 0;
  Size size = Size::Small;
};

/// Not trivial: passed by an address.
class Owner {
 public:
  explicit Owner(int number) : number_(number) {}
  Owner(const Owner& other) : number_(other.number_ + 1) {}
  ~Owner() { number_ = -1; }
  int number() const { return number_; }

 private:
  int number_;
};

class Counter {
 public:
  CALLED long add(int by) { return total_ += by; }
  CALLED static int twice(int value) { return value * 2; }

 private:
  long total_ = 100;
};

CALLED int total(const Price& price, int& times) {
  return (price.euros * 100 + price.cents) * times;
}
CALLED Item heavier(Item item, double by) {
  item.weight += by;
  return item;
}
CALLED int owned(Owner owner, int extra) {
  return owner.number() + extra;
}
CALLED Owner made(int number) {
  return Owner(number);
}
CALLED std::string joined(std::string a, const std::string& b) {
  return a + b;
}
CALLED std::size_t measured(std::string_view view, std::vector<int> numbers) {
  return view.size() + numbers.size();
}
CALLED std::vector<std::string> doubled(const std::vector<std::string>& words, Size size) {
  std::vector<std::string> all = words;
  if (size == Size::Large) all.insert(all.end(), words.begin(), words.end());
  return all;
}
CALLED Size grown(Size size, wchar_t wide, char16_t unit) {
  return wide == L'w' && unit == u'u' ? Size::Large : size;
}
CALLED int Price::*chosen(int Price::*member) {
  return member;
}

}  // namespace shop

int main() {
  shop::Counter counter;
  std::printf("shop::Counter::add(this=%p, by=5) = %ld\n", static_cast<void*>(&counter),
              counter.add(5));
  std::printf("shop::Counter::twice(value=21) = %d\n", shop::Counter::twice(21));
  int times = 3;
  std::printf("shop::total(price={euros=2, cents=50}, times=3) = %d\n",
              shop::total({2, 50}, times));
  shop::Item item;
  item.id = 7;
  item.weight = 1.25;
  const shop::Item heavy = shop::heavier(item, 2.5);
  std::printf(
      "shop::heavier(item={Base={id=7}, weight=1.25, size=Small}, by=2.5) = "
      "{Base={id=%d}, weight=%g, size=Small}\n",
      heavy.id, heavy.weight);
  const shop::Owner owner(41);
  std::printf("shop::owned(owner={number_=42}, extra=8) = %d\n", shop::owned(owner, 8));
  std::printf("shop::made(number=6) = {number_=%d}\n", shop::made(6).number());
  std::printf("shop::joined(a=\"one\", b=\"a text beyond sixteen bytes\") = \"%s\"\n",
              shop::joined("one", "a text beyond sixteen bytes").c_str());
  std::printf("shop::measured(view=\"seen\", numbers=[4, 5, 6]) = %zu\n",
              shop::measured("seen", {4, 5, 6}));
  const auto words = shop::doubled({"x", "yy"}, shop::Size::Large);
  std::printf(
      "shop::doubled(words=[\"x\", \"yy\"], size=Large) = [\"%s\", \"%s\", \"%s\", \"%s\"]\n",
      words[0].c_str(), words[1].c_str(), words[2].c_str(), words[3].c_str());
  std::printf("shop::grown(size=Small, wide='w', unit='u') = %s\n",
              shop::grown(shop::Size::Small, L'w', u'u') == shop::Size::Large ? "Large" : "?");
  std::printf("shop::chosen(member=0x4) = %s\n",
              shop::chosen(&shop::Price::cents) == &shop::Price::cents ? "0x4" : "?");
}
