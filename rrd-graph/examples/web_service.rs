//! A web service whose threads measure their own routes and draw what they measured: run it, ask
//! for `/home`, `/search` and `/report` some times, and look at
//! <http://127.0.0.1:8080/latency.png>.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rrd_core::{Schema, Store, StoreOptions, TimeZone, Timestamp};
use rrd_graph::{Clock, Fonts, Png, description::Description};

const ROUTES: [(&str, u64); 3] = [("home", 2), ("search", 15), ("report", 60)];
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

struct Service {
    store: Store,
    latency: Description,
    fonts: Fonts,
    png: Png,
}

fn main() -> Result<(), Box<dyn Error>> {
    let store = Store::open("latency", StoreOptions::default())?;
    let schema = Schema::builder(SECOND)
        .absolute("requests", HOUR)
        .absolute("seconds", HOUR)
        .average_for(SECOND, HOUR)
        .build()?;
    let mut chart = vec!["title = 'Latency'\nstart = 'end-3min'\nunit = 's'\n".to_owned()];
    for (route, _) in ROUTES {
        let _ = store.open_or_create(format!("{route}.rrd"), &schema, Timestamp::now() - SECOND)?;
        // The mean: the seconds that all requests took, by their number.
        chart.push(format!(
            "[[series]]\nfile = '{route}.rrd'\nsource = 'requests'\nname = '{route}_n'\ndraw = 'hidden'\n\
             [[series]]\nfile = '{route}.rrd'\nsource = 'seconds'\nname = '{route}_s'\n\
             formula = '{route}_s,{route}_n,/'\nlabel = '/{route}'\n"
        ));
    }
    let latency = Description::from_toml(&chart.concat())?;
    let service = Service { store, latency, fonts: Fonts::new(), png: Png::default() };
    let listener = TcpListener::bind("127.0.0.1:8080")?;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for connection in listener.incoming().flatten() {
                    service.serve(connection).unwrap_or_else(|error| eprintln!("{error}"));
                }
            });
        }
    });
    Ok(())
}

impl Service {
    fn serve(&self, mut connection: TcpStream) -> Result<(), Box<dyn Error>> {
        let begun = Instant::now();
        let mut request = String::new();
        BufReader::new(&connection).read_line(&mut request)?;
        let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
        if let Some((route, milliseconds)) = ROUTES.iter().find(|(route, _)| *route == path) {
            thread::sleep(Duration::from_millis(*milliseconds));
            connection.write_all(b"HTTP/1.0 200 OK\r\n\r\ndone\n")?;
            let seconds = begun.elapsed().as_secs_f64();
            self.store.update_now(format!("{route}.rrd"), [1.0, seconds])?;
        } else if path == "latency.png" {
            let zone = TimeZone::system();
            let chart = self.latency.chart(&self.store, Clock::new(Timestamp::now(), &zone))?;
            let picture = chart.render(&self.png, &self.fonts)?;
            connection.write_all(b"HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\n")?;
            connection.write_all(&picture)?;
        } else {
            connection.write_all(b"HTTP/1.0 404 Not Found\r\n\r\n")?;
        }
        Ok(())
    }
}
