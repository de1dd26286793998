// growing [goroutines] [rounds] [depth]
// Exercises: calls of main.nested that are under way while the runtime copies their goroutine's stack
// to another place (it grows by recursion, and shrinks in garbage collection), and while goroutines
// change threads (runtime.Gosched, channels).
// Prints, on standard error: returned=N (calls of main.nested that came back) seconds=S ok=1. There is
// no count of arrivals: the stack check at a function's beginning, when it has made the stack grow,
// begins the function once more.
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

var returned uint64

//go:noinline
func nested(n int, fill byte) int {
	var frame [200]byte
	frame[n%len(frame)] = fill
	if n == 0 {
		runtime.Gosched()
		return int(frame[0]) - int(fill)
	}
	if n%100 == 50 {
		runtime.Gosched()
	}
	result := nested(n-1, fill) + 1
	atomic.AddUint64(&returned, 1)
	return result + int(frame[n%len(frame)]) - int(fill)
}

func argument(n, fallback int) int {
	if len(os.Args) <= n {
		return fallback
	}
	value, err := strconv.Atoi(os.Args[n])
	if err != nil || value < 1 {
		fmt.Fprintln(os.Stderr, "usage: growing [goroutines] [rounds] [depth]")
		os.Exit(2)
	}
	return value
}

func main() {
	goroutines, rounds, depth := argument(1, 4), argument(2, 3), argument(3, 1000)
	begin := time.Now()
	var wrong uint64
	for round := 0; round < rounds; round++ {
		var done sync.WaitGroup
		for g := 0; g < goroutines; g++ {
			done.Add(1)
			go func(fill byte) {
				defer done.Done()
				if nested(depth, fill) != depth {
					atomic.AddUint64(&wrong, 1)
				}
				atomic.AddUint64(&returned, 1)
			}(byte(g + 1))
		}
		runtime.GC()
		done.Wait()
	}
	ok := 0
	if wrong == 0 {
		ok = 1
	}
	fmt.Fprintf(os.Stderr, "returned=%d\nseconds=%.6f\nok=%d\n", returned, time.Since(begin).Seconds(), ok)
	if ok == 0 {
		os.Exit(3)
	}
}
