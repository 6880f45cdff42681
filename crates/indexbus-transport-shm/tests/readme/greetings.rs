use indexbus::{WaitKind, WaitStrategy};
use indexbus_transport_shm::{EventsRegion, region_path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(2).unwrap_or("greetings".into());
    let mut region = EventsRegion::open_path(region_path(&name).ok_or("not a file name")?)?;
    let (mut tx, mut rx) = region.split_spsc()?;
    if std::env::args().nth(1).as_deref() == Some("send") {
        for n in 1..=3 {
            tx.publish(format!("greeting {n}").as_bytes())?;
        }
        return Ok(());
    }
    let (mut buffer, mut wait) = ([0; 256], WaitKind::Adaptive.strategy());
    loop {
        while let Some(len) = rx.try_recv_into(&mut buffer)? {
            println!("{}", String::from_utf8_lossy(&buffer[..len]));
        }
        wait.wait();
    }
}
