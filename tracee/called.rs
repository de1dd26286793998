// What Rust functions were called with and what they returned, said by the program itself in the
// form in which values are shown: one line a call.
use std::hint::black_box;

pub struct Point {
    x: i32,
    y: i32,
}

pub struct Big {
    a: u64,
    b: u64,
    c: u64,
}

#[inline(never)]
fn mix(a: i32, b: f64, s: &str) -> i64 {
    black_box(i64::from(a) + (b * 2.0) as i64 + s.len() as i64)
}

#[inline(never)]
fn narrow(a: i8, b: u8, c: bool, d: f32, e: char) -> u32 {
    black_box(if c { u32::from(b) + d as u32 + e as u32 } else { a as u32 })
}

#[inline(never)]
fn mirrored(p: Point) -> Point {
    Point { x: black_box(p.y), y: black_box(p.x) }
}

#[inline(never)]
fn large(b: Big, by: u64) -> Big {
    Big { a: black_box(b.a + by), b: black_box(b.b + by), c: black_box(b.c + by) }
}

#[inline(never)]
fn joined(a: String, b: &String) -> String {
    black_box(a + b)
}

#[inline(never)]
fn counted(numbers: Vec<u16>, view: &[i64]) -> usize {
    black_box(numbers.len() + view.len())
}

fn main() {
    println!("called::mix(a=-5, b=2.5, s=\"text\") = {}", mix(black_box(-5), 2.5, "text"));
    println!("called::narrow(a=-3, b=200, c=true, d=0.5, e='x') = {}", narrow(black_box(-3), 200, true, 0.5, 'x'));
    let p = mirrored(black_box(Point { x: 3, y: -4 }));
    println!("called::mirrored(p={{x=3, y=-4}}) = {{x={}, y={}}}", p.x, p.y);
    let b = large(black_box(Big { a: 1, b: 2, c: 3 }), 10);
    println!("called::large(b={{a=1, b=2, c=3}}, by=10) = {{a={}, b={}, c={}}}", b.a, b.b, b.c);
    let second = String::from("two");
    println!(
        "called::joined(a=\"one\", b=\"two\") = \"{}\"",
        joined(black_box(String::from("one")), &second)
    );
    println!(
        "called::counted(numbers=[4, 5, 6], view=[-1, 1]) = {}",
        counted(black_box(vec![4, 5, 6]), black_box(&[-1, 1]))
    );
}
