//! All that a daemon needs, opened in the order in which rrdcached does: folders, log, PID file,
//! sockets, and then as the user who serves: the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rrd_core::StoreOptions;

use super::account::{account, become_account};
use super::folders::Folders;
use super::logging::{self, Log};
use super::options::Options;
use super::pid_file::PidFile;
use super::reason::reason;
use super::start_error::StartError;
use super::stderr::print;
use crate::grammar::Permissions;
use crate::listener::{Access, BoundSocket, ListenAddress, inherited, raise_descriptor_limit};
use crate::rrdcached_journal::TakeOver;
use crate::server::{Server, ServerOptions};
use crate::write_back::chain;

/// All that a daemon needs.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) log: Log,
    pub(super) pid_file: PidFile,
    pub(super) sockets: Vec<BoundSocket>,
    pub(super) server: Arc<Server>,
}

/// Opens everything. What there is to say is printed at once: a journal may take long.
pub(super) fn start(options: &Options, in_background: bool) -> Result<Started, StartError> {
    let mut folders = folders(options)?;
    let log_file = options.log_file.as_deref().map(absolute);
    if let Some(path) = log_file.as_ref().filter(|path| !path.exists()) {
        folders.made.push(path.clone());
    }
    let log = logging::destination(log_file.as_deref(), !in_background)
        .and_then(|destination| Log::start(destination, options.log_level))
        .map_err(|error| {
            let name = log_file.as_deref().unwrap_or(Path::new("syslog")).display();
            let reason = reason(&error);
            StartError::option(6, format!("Failed to open log file '{name}': {reason}"))
        })?;
    log::info!("starting up");
    let mut notes = Vec::new();
    let pid_file = PidFile::create(&absolute(&options.pid_file), &mut notes);
    print(&notes);
    let pid_file = pid_file?;
    let sockets = open_sockets(options)?;
    become_account(options, &folders.made)?;
    folders.check(&account())?;
    std::env::set_current_dir(&folders.base).map_err(|error| {
        let (name, reason) = (folders.base.display(), reason(&error));
        StartError::start(format!("rrdcached: cannot change to {name}: {reason}"))
    })?;
    let server = open_server(options, &folders)?;
    Ok(Started { log, pid_file, sockets, server: Arc::new(server) })
}

/// The folders of these options.
pub(super) fn folders(options: &Options) -> Result<Folders, StartError> {
    Folders::open(options, std::env::var_os("STATE_DIRECTORY").as_deref())
}

/// Opens the store, and takes over what rrdcached left behind.
pub(super) fn open_server(options: &Options, folders: &Folders) -> Result<Server, StartError> {
    let mut server = ServerOptions::new(&folders.base);
    server.confined = options.is_confined;
    server.also = options.also.iter().map(|folder| absolute(folder)).collect();
    server.makes_folders = options.makes_folders;
    server.overwrites = options.overwrites;
    let mut store = StoreOptions::new().sync(options.sync);
    if let Some(folder) = &folders.journal {
        store = store.journal_folder(folder);
    }
    if let Some(bytes) = options.journal_size {
        // There are two.
        store = store.segment_size(bytes / 2);
    }
    let server = Server::open(server, options.write_back, store)
        .map_err(|error| StartError::start(format!("rrdcached: {}", chain(&error))))?;
    if let Some(folder) = &folders.former {
        take_over(&server, folder)?;
    }
    Ok(server)
}

/// Takes over the journal of rrdcached, if it has left one.
fn take_over(server: &Server, folder: &Path) -> Result<(), StartError> {
    let taken = server.take_over_journal(folder).map_err(|error| {
        let (name, reason) = (folder.display(), reason(&error));
        StartError::start(format!("rrdcached: cannot take over the journal in {name}: {reason}"))
    })?;
    let TakeOver { files, accepted, present, refused, failed, .. } = taken;
    if files > 0 {
        log::warn!(
            "took over {files} files of the journal of rrdcached: {accepted} values, and besides \
             {present} that their files had, {refused} that no file takes and {failed} that the \
             next start tries again"
        );
    }
    Ok(())
}

fn open_sockets(options: &Options) -> Result<Vec<BoundSocket>, StartError> {
    // A host with less than it might have serves fewer clients, and says so when they are too many.
    let _ = raise_descriptor_limit();
    let access = |permissions: &Arc<Permissions>| Access {
        permissions: permissions.clone(),
        networks: options.networks.clone(),
    };
    let mut opened = inherited(&access(&options.handed_over));
    if opened.is_empty() {
        for socket in &options.sockets {
            let address = match &socket.address {
                ListenAddress::Unix(path) => ListenAddress::Unix(absolute(path)),
                address @ ListenAddress::Tcp { .. } => address.clone(),
            };
            opened.extend(BoundSocket::bind(&address, &access(&socket.permissions), socket.file));
        }
    } else if options.names_sockets {
        print(&["rrdcached: the service manager hands over sockets, so that -l is ignored".into()]);
    }
    if !options.is_confined {
        print(&["WARNING: without -B, clients may use every file that this user may".into()]);
    }
    let mut sockets = Vec::new();
    for socket in opened {
        match socket {
            Ok(socket) => sockets.push(socket),
            Err(error) => print(&[format!("rrdcached: {error}")]),
        }
    }
    if sockets.is_empty() {
        return Err(StartError::start("rrdcached: FATAL: cannot open any listen sockets"));
    }
    for socket in sockets.iter().filter(|socket| socket.is_open_to_all()) {
        if let Some(address) = socket.address() {
            print(&[format!(
                "WARNING: whoever reaches {address} may send commands; --allow limits that"
            )]);
        }
    }
    Ok(sockets)
}

/// The folder of a process changes at its start.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
