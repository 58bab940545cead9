//! A shelf of recordings that remembers which were removed.

use domain::{
    ports::{Later, Recordings},
    refusal::Refusal,
};
use parking_lot::Mutex;

/// The shelf; whatever is asked for is there, until it is removed.
#[derive(Debug, Default)]
pub struct Tapes(Mutex<Vec<String>>);

impl Tapes {
    /// What was removed, in order.
    pub fn removed(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

impl Recordings for Tapes {
    fn length(&self, name: &str) -> Later<Result<u64, Refusal>> {
        let gone = self.0.lock().iter().any(|known| known == name);
        let length = if gone { Err(Refusal::unknown("recording", name)) } else { Ok(1) };
        Box::pin(std::future::ready(length))
    }
    fn read(&self, _: &str, _: u64, _: usize) -> Later<Result<Vec<u8>, Refusal>> {
        Box::pin(std::future::ready(Ok(vec![0xd5])))
    }
    fn remove(&self, name: &str) -> Later<Result<(), Refusal>> {
        self.0.lock().push(name.to_owned());
        Box::pin(std::future::ready(Ok(())))
    }
}

/// No table was brought in.
#[derive(Debug)]
pub struct NoSheets;

impl domain::imports::sheets::Sheets for NoSheets {
    fn outline(
        &self,
        file: &domain::visits::proof::BlobName,
        _form: domain::imports::sheets::Form,
    ) -> domain::ports::Later<Result<domain::imports::sheets::Outline, domain::refusal::Refusal>> {
        let refusal = domain::refusal::Refusal::unknown("file", file);
        Box::pin(async move { Err(refusal) })
    }
    fn read(
        &self,
        file: &domain::visits::proof::BlobName,
        _form: domain::imports::sheets::Form,
        _taker: domain::imports::sheets::Taker,
    ) -> domain::ports::Later<Result<(), domain::refusal::Refusal>> {
        let refusal = domain::refusal::Refusal::unknown("file", file);
        Box::pin(async move { Err(refusal) })
    }
}
