//! Servers that are asked for their state: each by a task of its own, which hands what it got to the sampler.

use std::sync::mpsc::Sender;
use std::time::Duration;

use thiserror::Error;

use crate::config::{Service, ServiceConfig};
use crate::fault::Faults;
use crate::group::Kind;
use crate::net::http::FetchError;
use crate::schedule::Schedule;
use crate::schedule::clock;
use crate::source::SampleSink;
use crate::source::apache;
use crate::source::apache::Apache;
use crate::source::batch::SampleBatch;
use crate::source::batch::SamplerCommand;
use crate::source::memcached;
use crate::source::memcached::{Memcached, StatsError};
use crate::source::mysql;
use crate::source::mysql::{Mysql, MysqlError};
use crate::source::nginx;
use crate::source::nginx::Nginx;

/// Why a server gave no sample.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WatchError {
    /// Its page did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Its answer did not come.
    #[error(transparent)]
    Stats(#[from] StatsError),
    /// Its tables did not come.
    #[error(transparent)]
    Mysql(#[from] MysqlError),
}

/// What is remembered of a server between two answers.
enum Memory {
    Apache(Apache),
    Nginx(Nginx),
    Memcached(Memcached),
    Mysql(Mysql),
}

/// Asks one server again and again, until nobody takes the answers.
pub(crate) async fn watch(config: ServiceConfig, commands: Sender<SamplerCommand>) {
    let instance = config.instance.clone();
    let mut memory = match &config.service {
        Service::Apache(_) => Memory::Apache(Apache::new(instance)),
        Service::Nginx(_) => Memory::Nginx(Nginx::new(instance)),
        Service::Memcached(_) => Memory::Memcached(Memcached::new(instance)),
        Service::Mysql(_) => Memory::Mysql(Mysql::new(instance)),
    };
    let mut schedule = Schedule::new(config.step);
    let mut faults = Faults::default();
    let concern = format!("{} {}", config.service.name(), config.instance);
    loop {
        let tick = clock::tick(&mut schedule).await;
        let mut batch =
            Collected(SampleBatch { at: tick.at, step: config.step, groups: [].into() });
        let outcome = ask(&config, &mut memory, &mut batch).await;
        faults.note(&concern, &outcome);
        if commands.send(SamplerCommand::Store(batch.0)).is_err() {
            return;
        }
    }
}

async fn ask(
    config: &ServiceConfig,
    memory: &mut Memory,
    batch: &mut Collected,
) -> Result<(), WatchError> {
    let begun = clock::now().clock;
    let took = |came: Duration| came.saturating_sub(begun);
    match (&config.service, memory) {
        (Service::Apache(page), Memory::Apache(apache)) => {
            let answer = page.fetch(config.deadline).await.and_then(|text| {
                apache::Status::parse(&text)
                    .ok_or(FetchError::NotStatus { of: "Apache's mod_status" })
            });
            let came = clock::now().clock;
            let (page, outcome) = split(answer);
            apache.take(page, came, took(came), batch);
            Ok(outcome?)
        }
        (Service::Nginx(page), Memory::Nginx(nginx)) => {
            let answer = page.fetch(config.deadline).await.and_then(|text| {
                nginx::Status::parse(&text)
                    .ok_or(FetchError::NotStatus { of: "nginx' stub_status" })
            });
            let came = clock::now().clock;
            let (page, outcome) = split(answer);
            nginx.take(page, came, took(came), batch);
            Ok(outcome?)
        }
        (Service::Memcached(address), Memory::Memcached(memcached)) => {
            let answer = memcached::fetch(address, config.deadline).await;
            let came = clock::now().clock;
            let (answer, outcome) = split(answer);
            memcached.take(answer.as_deref(), came, took(came), batch);
            Ok(outcome?)
        }
        (Service::Mysql(account), Memory::Mysql(mysql)) => {
            let answer = mysql::fetch(account, config.deadline).await;
            let came = clock::now().clock;
            let (answer, outcome) = split(answer);
            mysql.take(answer, came, took(came), batch);
            Ok(outcome?)
        }
        // The memory is made for the service.
        _ => Ok(()),
    }
}

fn split<T, E>(answer: Result<T, E>) -> (Option<T>, Result<(), E>) {
    match answer {
        Ok(value) => (Some(value), Ok(())),
        Err(error) => (None, Err(error)),
    }
}

/// Collects groups for the sampling thread.
struct Collected(SampleBatch);

impl SampleSink for Collected {
    fn group(&mut self, kind: &Kind, instance: &str, values: &[f64]) {
        self.0.groups.push_back((kind.clone(), instance.to_owned(), values.to_vec()));
    }
}
