//! All that operating systems do differently. Each offers the same functions: Linux with calls that
//! only it has, macOS and FreeBSD with what they share and a file of their own. An old Linux does
//! without its newer calls as they do. No other file of this library asks for the system.

#[cfg(not(target_os = "linux"))]
mod bsd;
mod facts;
#[cfg(any(test, not(target_os = "linux")))]
mod flock;
#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod portable;
mod request;

#[cfg(target_os = "freebsd")]
use freebsd as here;
#[cfg(target_os = "linux")]
use linux as here;
#[cfg(target_os = "macos")]
use macos as here;

pub(super) use facts::Facts;
pub(super) use here::{
    FOLDER, UNNOTED, allocate, create_nameless, duplicate, facts_at, facts_beneath, facts_of,
    has_links, is_locked_elsewhere, is_magic_link, is_needed, is_remote, link, lists_descriptors,
    open_beneath, permissions, release_lock, remove_inherited_list, rename_if_free, reserve,
    set_lock, sync, sync_file_system, wait_for_lock,
};
pub(super) use portable::open_stream;
pub(super) use request::{Asked, Links, Lock};
