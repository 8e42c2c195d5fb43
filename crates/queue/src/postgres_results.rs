//! Results in PostgreSQL.

use crate::error::without_credentials;
use crate::result_store::digest_of_report;
use crate::{Put, QueueError, ResultStore, StoredResult};
use model::Digest;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, Error, NoTls};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// "seawall" on a telephone, so that two workers do not make the table at the same time.
const SCHEMA_LOCK: i64 = 7_329_255;
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS seawall_results (
    run text NOT NULL,
    image_digest text NOT NULL,
    report_digest text NOT NULL,
    size_bytes bigint NOT NULL,
    report bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run, image_digest)
)";

/// Results in the table `seawall_results`, which is made at first use. A connection that was lost is made again once for
/// each call; every call may be repeated.
pub struct PostgresResults {
    config: Config,
    address: String,
    run: String,
    client: Mutex<Option<Client>>,
}

impl PostgresResults {
    /// Connects and makes the table. Runs of different names share the table and nothing else.
    ///
    /// # Errors
    /// When the address is malformed or wants TLS, which is not supported, or the server refuses. Without TLS, a server
    /// on another machine is used only when the address says so (`sslmode=disable`).
    pub fn open(address: &str, run: &str) -> Result<Self, QueueError> {
        let shown = without_credentials(address);
        let wrong = |problem: String, hint| QueueError::Address { address: shown.clone(), problem, hint };
        let mut config: Config = address.parse().map_err(|error: Error| {
            wrong(detail(&error), "write postgres://USER:PASSWORD@HOST:PORT/DATABASE")
        })?;
        let is_here = |host: &Host| match host {
            Host::Tcp(name) => matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
            Host::Unix(_) => true,
        };
        let hint = "use a tunnel or a server on this machine, or accept a connection in clear text with '?sslmode=disable'";
        match config.get_ssl_mode() {
            SslMode::Disable => {}
            SslMode::Prefer if config.get_hosts().iter().all(is_here) => {
                config.ssl_mode(SslMode::Disable);
            }
            _ => return Err(wrong("TLS to PostgreSQL is not supported".to_owned(), hint)),
        }
        config.application_name("seawall");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        let store = Self { config, address: shown, run: run.to_owned(), client: Mutex::new(None) };
        store.run("make the table", |client| {
            let mut transaction = client.transaction()?;
            transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&SCHEMA_LOCK])?;
            transaction.batch_execute(SCHEMA)?;
            transaction.commit()
        })?;
        Ok(store)
    }

    fn run<T>(
        &self,
        action: &'static str,
        mut ask: impl FnMut(&mut Client) -> Result<T, Error>,
    ) -> Result<T, QueueError> {
        let mut guard = self.client();
        let failed = |error: &Error| QueueError::Server {
            server: self.address.clone(),
            action,
            detail: detail(error),
        };
        for is_last in [false, true] {
            let mut client = match guard.take() {
                Some(client) if !client.is_closed() => client,
                _ => self.config.connect(NoTls).map_err(|error| failed(&error))?,
            };
            match ask(&mut client) {
                Ok(answer) => {
                    *guard = Some(client);
                    return Ok(answer);
                }
                Err(_) if client.is_closed() && !is_last => {}
                Err(error) => {
                    *guard = Some(client);
                    return Err(failed(&error));
                }
            }
        }
        unreachable!("the last round returns")
    }

    fn client(&self) -> MutexGuard<'_, Option<Client>> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResultStore for PostgresResults {
    fn put(&self, image: &Digest, report: &[u8]) -> Result<Put, QueueError> {
        let report_digest = digest_of_report(report);
        let size = i64::try_from(report.len()).unwrap_or(i64::MAX);
        let rows = self.run("keep a report", |client| {
            client.execute(
                "INSERT INTO seawall_results (run, image_digest, report_digest, size_bytes, report)
                 VALUES ($1, $2, $3, $4, $5) ON CONFLICT (run, image_digest) DO NOTHING",
                &[&self.run, &image.as_str(), &report_digest.as_str(), &size, &report],
            )
        })?;
        Ok(if rows == 1 { Put::Stored } else { Put::Known })
    }

    fn contains(&self, image: &Digest) -> Result<bool, QueueError> {
        self.run("look for a report", |client| {
            let query = "SELECT 1 FROM seawall_results WHERE run = $1 AND image_digest = $2";
            Ok(client.query_opt(query, &[&self.run, &image.as_str()])?.is_some())
        })
    }

    fn get(&self, image: &Digest) -> Result<Option<Vec<u8>>, QueueError> {
        self.run("read a report", |client| {
            let query = "SELECT report FROM seawall_results WHERE run = $1 AND image_digest = $2";
            client.query_opt(query, &[&self.run, &image.as_str()])?.map(|row| row.try_get(0)).transpose()
        })
    }

    fn list(&self) -> Result<Vec<StoredResult>, QueueError> {
        let rows = self.run("list the reports", |client| {
            let query = "SELECT image_digest, report_digest, size_bytes FROM seawall_results
                         WHERE run = $1 ORDER BY image_digest COLLATE \"C\"";
            let rows = client.query(query, &[&self.run])?;
            rows.iter()
                .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
                .collect::<Result<Vec<(String, String, i64)>, Error>>()
        })?;
        let broken = |detail: String| QueueError::Server {
            server: self.address.clone(),
            action: "list the reports",
            detail,
        };
        rows.into_iter()
            .map(|(image, report, size)| {
                Ok(StoredResult {
                    image: image.parse().map_err(|error: model::DigestError| broken(error.to_string()))?,
                    report_digest: report
                        .parse()
                        .map_err(|error: model::DigestError| broken(error.to_string()))?,
                    size_bytes: u64::try_from(size).unwrap_or(0),
                })
            })
            .collect()
    }
}

/// The client's message hides what the server said behind "db error".
fn detail(error: &Error) -> String {
    match error.as_db_error() {
        Some(said) => said.to_string(),
        None => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            text
        }
    }
}
