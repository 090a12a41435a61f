//! How a database is read.

/// How the bytes of a file are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// By position: a call of the system copies the bytes. Whatever happens to the file, a read
    /// ends with values or with an error.
    #[default]
    Position,
    /// **Whoever truncates a mapped file kills this process**: the next read beyond the new end is
    /// answered by the signal SIGBUS. `cp other.rrd this.rrd` truncates, and so do many editors and
    /// backup programs. Only a program that owns its files may ask for this.
    ///
    /// The file is memory, and a read copies from there: the system is only asked for the file's
    /// length and its lock, which saves a quarter of the time of short reads. As the length is
    /// looked up before each read, a file that is already shorter is read by position; what happens
    /// during the read cannot be prevented.
    ///
    /// A file is read by position all the same if it has holes, if it is not of this machine's
    /// layout, if it is on NFS, SMB, FUSE or the like, or if this program has 32-bit addresses.
    /// [`RrdReader::access`](crate::RrdReader::access) says which it is.
    Mapped,
}

/// How a database is read.
///
/// ```
/// use rrd_core::{Access, Heartbeat, ReadOptions, Rrd, RrdReader, Schema, Step, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
///
/// assert_eq!(RrdReader::open(&path)?.access(), Access::Position);
/// let reader = RrdReader::open_with(&path, ReadOptions::new().access(Access::Mapped))?;
/// println!("{:?}", reader.access());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    pub(super) access: Access,
}

impl ReadOptions {
    /// The default options.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how the bytes of the file are read.
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }
}
