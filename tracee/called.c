// What functions were called with and what they returned, said by the program itself: one line a
// call, `name(a=1, b=2) = 3`, in the form in which values are shown. Exercises the System V calling
// convention from C: integers of all widths, floating point, structs in registers and in memory,
// more parameters than registers, text, enums, bit fields, unions, arrays, pointers to functions.
#include <complex.h>
#include <stdbool.h>
#include <stdio.h>

#ifdef __clang__
#define CALLED __attribute__((noinline, optnone))
#else
#define CALLED __attribute__((noipa))
#endif

enum colour { BLUE = -1, RED, GREEN = 5 };
enum rights { READ = 1, WRITE = 2, RUN = 4 };
struct point {
  int x, y;
};
struct mixed {
  double d;
  long n;
};
struct three {
  float a, b, c;
};
struct big {
  long v[3];
  short tail;
};
struct request {
  const char* name;
  char tag[8];
  enum colour colour;
  unsigned kind : 3;
  int level : 5;
  bool urgent;
  struct point at;
};
union number {
  int i;
  float f;
};
struct node {
  int value;
  struct node* next;
};
struct empty {};

long calls_made = 0;
static int hidden_limit = 40;
struct request current = {"now", "live", RED, 1, 2, true, {8, 9}};

CALLED long mix(int a, double b, const char* s) {
  calls_made++;
  return a + (long)(b * 2) + (s ? s[0] - 'a' : 0);
}
CALLED int narrow(signed char a, unsigned char b, short c, unsigned short d, _Bool e, char f) {
  calls_made++;
  return a + b + c + d + e + f;
}
CALLED unsigned long many(int a, long b, unsigned c, unsigned long d, long long e, int f, short g,
                          char h, double i, unsigned char j) {
  calls_made++;
  return (unsigned long)a + (unsigned long)b + c + d + (unsigned long)e + (unsigned long)f +
         (unsigned long)g + (unsigned long)h + (unsigned long)i + j;
}
CALLED float floats(float a, double b, float c, float d, float e, float f, float g, double h,
                    float i, double j) {
  calls_made++;
  return a + (float)b + c + d + e + f + g + (float)h + i + (float)j;
}
CALLED long double extended(int a, long double b, int c) {
  calls_made++;
  return b + a + c;
}
CALLED struct point mirrored(struct point p) {
  calls_made++;
  return (struct point){p.y, p.x};
}
CALLED struct mixed both(struct mixed m, struct three t) {
  calls_made++;
  return (struct mixed){m.d + (double)t.c, m.n + 1};
}
CALLED struct big large(struct big b, int by) {
  calls_made++;
  for (int i = 0; i < 3; i++) b.v[i] += by;
  return b;
}
CALLED enum colour paint(enum colour old, enum rights rights) {
  calls_made++;
  return rights & WRITE ? GREEN : old;
}
CALLED bool handle(struct request r, struct request* p) {
  calls_made++;
  return r.urgent && p;
}
CALLED union number as_number(union number n) {
  calls_made++;
  n.i++;
  return n;
}
CALLED double complex turned(double complex z, float complex w) {
  calls_made++;
  return z * I + (double complex)w;
}
CALLED int (*chosen(int (*f)(const char*), void* cookie))(const char*) {
  calls_made++;
  return cookie ? f : puts;
}
CALLED int sum(struct node* first) {
  calls_made++;
  int total = 0;
  for (struct node* n = first; n; n = n->next) total += n->value;
  return total + hidden_limit;
}
CALLED int with_empty(struct empty nothing, int after) {
  (void)nothing;
  return after + (int)calls_made++ * 0;
}
CALLED void nothing(const char* what) {
  calls_made++;
  if (!what) puts("nothing(what=NULL)");
}
CALLED const char* greeting(char first) {
  calls_made++;
  return first == 'h' ? "hello" : "bye\n";
}
CALLED __int128 wide(__int128 a, int b) {
  calls_made++;
  return a + b;
}

static void print_numbers(void) {
  printf("mix(a=-5, b=2.5, s=\"text\") = %ld\n", mix(-5, 2.5, "text"));
  printf("mix(a=7, b=-0.125, s=NULL) = %ld\n", mix(7, -0.125, NULL));
  printf("narrow(a=-3, b=200, c=-300, d=60000, e=true, f='x') = %d\n",
         narrow(-3, 200, -300, 60000, true, 'x'));
  printf("many(a=1, b=-2, c=3, d=4, e=-5, f=6, g=-7, h='h', i=9.5, j=10) = %lu\n",
         many(1, -2, 3, 4, -5, 6, -7, 'h', 9.5, 10));
  printf("floats(a=0.5, b=1.5, c=2.5, d=3.5, e=4.5, f=5.5, g=6.5, h=7.5, i=8.5, j=9.75) = %g\n",
         (double)floats(0.5f, 1.5, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5, 8.5f, 9.75));
  printf("extended(a=1, b=0.25, c=3) = %Lg\n", extended(1, 0.25L, 3));
}

static void print_structs(void) {
  const struct point p = mirrored((struct point){3, -4});
  printf("mirrored(p={x=3, y=-4}) = {x=%d, y=%d}\n", p.x, p.y);
  const struct mixed m = both((struct mixed){1.5, 10}, (struct three){0.5f, 1.5f, 2.25f});
  printf("both(m={d=1.5, n=10}, t={a=0.5, b=1.5, c=2.25}) = {d=%g, n=%ld}\n", m.d, m.n);
  const struct big b = large((struct big){{1, 2, 3}, 9}, 10);
  printf("large(b={v=[1, 2, 3], tail=9}, by=10) = {v=[%ld, %ld, %ld], tail=%d}\n", b.v[0], b.v[1],
         b.v[2], b.tail);
  struct request r = {"first", "tag", GREEN, 5, -7, true, {1, 2}};
  printf(
      "handle(r={name=\"first\", tag=\"tag\", colour=GREEN, kind=5, level=-7, urgent=true, "
      "at={x=1, y=2}}, p=%p) = %s\n",
      (void*)&r, handle(r, &r) ? "true" : "false");
  const union number n = as_number((union number){.i = 0x3fc00000});
  printf("as_number(n={i=1069547520, f=1.5}) = {i=%d, f=%.8g}\n", n.i, (double)n.f);
  printf("with_empty(nothing={}, after=12) = %d\n", with_empty((struct empty){}, 12));
}

static void print_others(void) {
  printf("paint(old=BLUE, rights=READ|WRITE) = %s\n",
         paint(BLUE, READ | WRITE) == GREEN ? "GREEN" : "?");
  printf("paint(old=RED, rights=8) = %s\n", paint(RED, (enum rights)8) == RED ? "RED" : "?");
  const double complex z = turned(1.5 + 2.5 * I, 0.5f + 0.25f * I);
  printf("turned(z={re=1.5, im=2.5}, w={re=0.5, im=0.25}) = {re=%g, im=%g}\n", creal(z), cimag(z));
  int (*f)(const char*) = chosen(puts, &current);
  printf("chosen(f=%p, cookie=%p) = %p\n", (void*)puts, (void*)&current, (void*)f);
  struct node last = {30, NULL}, first = {12, &last};
  printf("sum(first=%p) = %d\n", (void*)&first, sum(&first));
  nothing(NULL);
  printf("greeting(first='h') = \"%s\"\n", greeting('h'));
  printf("greeting(first='\\n') = \"%s", greeting('\n')[3] == '\n' ? "bye\\n\"\n" : "?");
  printf("wide(a=0x10000000000000005, b=2) = 0x1000000000000000%x\n",
         (unsigned)wide(((__int128)1 << 64) + 5, 2));
}

int main(void) {
  print_numbers();
  print_structs();
  print_others();
  return 0;
}
