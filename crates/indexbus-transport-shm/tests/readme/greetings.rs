use indexbus::{WaitKind, WaitStrategy};
use indexbus_transport_shm::{EventsRegion, region_path};

fn run(role: &str, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut region = EventsRegion::open_path(region_path(name).ok_or("not a file name")?)?;
    if role == "send" {
        let mut tx = region.spsc_sender()?;
        (1..=3).try_for_each(|n| tx.publish(format!("greeting {n}").as_bytes()))?;
        return Ok(());
    }
    let mut rx = region.spsc_receiver()?;
    let (mut buffer, mut wait) = ([0; 256], WaitKind::Adaptive.strategy());
    loop {
        while let Some(len) = rx.try_recv_into(&mut buffer)? {
            println!("{}", String::from_utf8_lossy(&buffer[..len]));
        }
        wait.wait();
    }
}

fn main() {
    let word = |n, or: &str| std::env::args().nth(n).unwrap_or(or.into());
    run(&word(1, "receive"), &word(2, "greetings")).unwrap_or_else(|e| eprintln!("{e}"));
}
