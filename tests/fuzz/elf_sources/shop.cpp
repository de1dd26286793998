// Scopes, a member that is defined outside of its class, a template, an IFUNC.
namespace shop {

struct Server {
  int handle(int x);
  template <class T>
  T twice(T t);
};
int total;

int Server::handle(int x) {
  total += x;
  return twice(x);
}
template <class T>
T Server::twice(T t) {
  return t + t;
}
template int Server::twice(int);

}  // namespace shop

extern "C" {
int chosen_impl(int x) { return x; }
int (*choose(void))(int) { return chosen_impl; }
int chosen(int x) __attribute__((ifunc("choose")));
}
