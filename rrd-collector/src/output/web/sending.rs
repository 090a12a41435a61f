//! The body of an answer on its way to a client.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Response;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::Receiver;

use crate::net::connections::{Activity, State};
use crate::output::remote::read::Cut;

/// Bytes that are handed to the connection at once.
const PART: usize = 32 << 10;

/// What an answer consists of.
pub(super) enum Content {
    /// All of it.
    Whole(Bytes),
    /// Frames that are made while they are sent.
    Frames(Receiver<Result<Bytes, Cut>>),
}

impl Content {
    /// The bytes that exist from the beginning.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Frames(_) => 0,
        }
    }
}

/// A body that is handed to the connection in parts, so that it exists until the client has
/// received nearly all of it. Until then the connection is sending.
pub(super) struct Sending {
    rest: Content,
    activity: Activity,
    _memory: Option<OwnedSemaphorePermit>,
}

impl Sending {
    /// An answer that holds its share of the memory until it is sent.
    pub(super) fn begin(
        answer: Response<Content>,
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
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        match &mut self.rest {
            Content::Whole(rest) => {
                let length = rest.len().min(PART);
                Poll::Ready((length > 0).then(|| Ok(Frame::data(rest.split_to(length)))))
            }
            Content::Frames(frames) => {
                frames.poll_recv(context).map(|frame| Some(frame?.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.rest, Content::Whole(rest) if rest.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.rest {
            Content::Whole(rest) => {
                SizeHint::with_exact(u64::try_from(rest.len()).unwrap_or(u64::MAX))
            }
            Content::Frames(_) => SizeHint::default(),
        }
    }
}
