use strict;
my ($rounds) = @ARGV;
sub fail { my $depth = shift; die "deep\n" if !$depth; fail($depth - 1) }
for my $round (1 .. $rounds) {
  my %count;
  while ("the cat, the dog; 12 cats and 3 dogs: the end" =~ /(\w+?)(s?)\b(?=[\s,;:]|$)/g) {
    $count{lc $1}++;
  }
  print join(" ", map { "$_=$count{$_}" } sort keys %count), "\n";
  for my $depth (0 .. 4) { eval { fail($depth) }; print "caught $@" if $@; }
  (my $text = "a-b-c" x 3) =~ s/(\w)-(\w)/sprintf("%s%03d", $2, ord $1)/ge;
  print "$text ", join(",", map { sprintf "%.3f", $_ ** 0.5 } 1 .. 5), " ", pack("w/a", $text), "\n";
  local $SIG{ALRM} = sub { print "alarm\n" };
  kill ALRM => $$;
}
exit 5;
