// What Go functions were called with and what they returned, said by the program itself in the form
// in which values are shown: one line a call. Exercises Go's own calling convention.
package main

import "fmt"

type point struct {
	x, y int32
}

type shape struct {
	name  string
	at    point
	sides []int
}

//go:noinline
func mix(a int, b float64, s string) int {
	return a + int(b*2) + len(s)
}

//go:noinline
func narrow(a int8, b uint8, c bool, d float32, e uint16) uint32 {
	if c {
		return uint32(b) + uint32(e) + uint32(d)
	}
	return uint32(a)
}

//go:noinline
func two(s string, n int) (string, int) {
	return s + s, n * 2
}

//go:noinline
func moved(p point, by *int) point {
	return point{p.x + int32(*by), p.y - int32(*by)}
}

//go:noinline
func counted(numbers []int, words []string) int {
	return len(numbers) + len(words)
}

//go:noinline
func drawn(s shape) bool {
	return len(s.sides) > 2
}

//go:noinline
func many(a, b, c, d, e, f, g, h, i, j int64) int64 {
	return a + b + c + d + e + f + g + h + i + j
}

func main() {
	fmt.Printf("main.mix(a=-5, b=2.5, s=\"text\") = %d\n", mix(-5, 2.5, "text"))
	fmt.Printf("main.narrow(a=-3, b=200, c=true, d=0.5, e=60000) = %d\n", narrow(-3, 200, true, 0.5, 60000))
	s, n := two("ab", 21)
	fmt.Printf("main.two(s=\"ab\", n=21) = {~r0=\"%s\", ~r1=%d}\n", s, n)
	by := 2
	p := moved(point{3, -4}, &by)
	fmt.Printf("main.moved(p={x=3, y=-4}, by=%p) = {x=%d, y=%d}\n", &by, p.x, p.y)
	fmt.Printf("main.counted(numbers=[4, 5, 6], words=[\"x\", \"yy\"]) = %d\n", counted([]int{4, 5, 6}, []string{"x", "yy"}))
	fmt.Printf("main.drawn(s={name=\"square\", at={x=1, y=2}, sides=[1, 1, 1, 1]}) = %t\n",
		drawn(shape{"square", point{1, 2}, []int{1, 1, 1, 1}}))
	fmt.Printf("main.many(a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10) = %d\n", many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
}
