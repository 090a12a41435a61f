//! The body of an answer on its way to a client.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Response;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;

use super::response::Answer;
use crate::net::connections::{Activity, State};

/// Bytes that are handed to the connection at once.
const PART: usize = 32 << 10;

/// A body that is handed to the connection in parts, so that it exists until the client has
/// received nearly all of it. Until then the connection is sending.
pub(super) struct Sending {
    rest: Bytes,
    activity: Activity,
    _memory: Option<OwnedSemaphorePermit>,
}

impl Sending {
    /// An answer that holds its share of the memory until it is sent.
    pub(super) fn begin(
        answer: Answer,
        activity: &Activity,
        memory: Option<OwnedSemaphorePermit>,
    ) -> Response<Self> {
        activity.begin(State::Sending);
        answer.map(|rest| Self { rest, activity: activity.clone(), _memory: memory })
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.activity.begin(State::Waiting);
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PART);
        let part = (length > 0).then(|| Ok(Frame::data(self.rest.split_to(length))));
        Poll::Ready(part)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}
