module sidestep.example/gophers

go 1.18
