// gophers [goroutines] [lines-per-goroutine]
// Exercises: a Go program as Go builds it, probed at fmt.Printf: goroutines that print numbered lines
// and migrate between threads, garbage collection (much garbage, and runtime.GC), and busy loops that
// the runtime preempts by SIGURG.
// Prints: the lines on standard output, "goroutine G line N of M checksum C"; on standard error
// arrivals=N seconds=S ok=1. arrivals counts the calls of fmt.Printf (global main.arrivals).
//
// fmt.Printf is called through a function value: a direct call is inlined by the compiler, and then the
// binary has no fmt.Printf to arrive at, only copies of it. In DWARF it is both: an abstract entry
// without low_pc, and the concrete instance that is called here.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var arrivals uint64
var sink [64][]byte // keeps garbage alive for a while
var stop uint32

func checksum(g, n int) int { return (g*7919 + n*104729) % 65521 }

// spin never calls anything, so that only a signal can preempt it.
func spin(done *sync.WaitGroup) {
	defer done.Done()
	x := uint64(1)
	for atomic.LoadUint32(&stop) == 0 {
		for i := 0; i < 1000; i++ {
			x = x*6364136223846793005 + 1
		}
	}
	if x == 0 {
		fmt.Fprintln(os.Stderr, "never")
	}
}

// burn runs without a call for about a millisecond or more: the runtime asks for preemption at 10 ms.
func burn(rounds int) uint64 {
	x := uint64(rounds)
	for i := 0; i < rounds; i++ {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

type printfFunc func(format string, args ...interface{}) (int, error)

func printer(g, lines int, printf printfFunc, done *sync.WaitGroup) {
	defer done.Done()
	for n := 0; n < lines; n++ {
		sink[g%len(sink)] = make([]byte, 512+n%4096)
		printf("goroutine %d line %d of %d checksum %d\n", g, n, lines, checksum(g, n))
		atomic.AddUint64(&arrivals, 1)
		if n%500 == 250 {
			runtime.GC()
		}
		if n%100 == 50 && burn(200000) == 0 {
			return
		}
	}
}

func argument(n, fallback int) int {
	if len(os.Args) <= n {
		return fallback
	}
	value, err := strconv.Atoi(os.Args[n])
	if err != nil || value < 0 || value > 100000000 {
		fmt.Fprintf(os.Stderr, "gophers: argument %d, '%s': want a number\n", n, os.Args[n])
		os.Exit(2)
	}
	return value
}

func main() {
	goroutines, lines := argument(1, 8), argument(2, 1500)
	if runtime.GOMAXPROCS(0) < 4 {
		runtime.GOMAXPROCS(4)
	}
	began := time.Now()
	var printers, spinners sync.WaitGroup
	for i := 0; i < 2; i++ {
		spinners.Add(1)
		go spin(&spinners)
	}
	for g := 0; g < goroutines; g++ {
		printers.Add(1)
		go printer(g, lines, fmt.Printf, &printers)
	}
	printers.Wait()
	atomic.StoreUint32(&stop, 1)
	spinners.Wait()

	ok := 0
	if arrivals == uint64(goroutines)*uint64(lines) {
		ok = 1
	}
	fmt.Fprintf(os.Stderr, "arrivals=%d\nseconds=%.6f\nok=%d\n", arrivals,
		time.Since(began).Seconds(), ok)
	if ok != 1 {
		os.Exit(3)
	}
}
