//! Which file systems keep their files elsewhere.

use std::fs::File;

/// The numbers by which the kernel knows file systems of other machines and of programs. Their
/// files can become shorter without this machine knowing it.
const REMOTE: [u64; 14] = [
    // NFS
    0x6969,
    // SMB, CIFS, SMB 2
    0x517b,
    0xff53_4d42,
    0xfe53_4d42,
    // FUSE
    0x6573_5546,
    // 9P
    0x0102_1997,
    // Ceph, AFS of two kinds, Lustre, GFS2, OCFS2, Coda, NCP
    0x00c3_6400,
    0x5346_414f,
    0x6b41_4653,
    0x0bd0_0bd0,
    0x0116_1970,
    0x7461_636f,
    0x7375_7245,
    0x564c,
];

/// Whether a file is kept by another machine or by a program, or whether nobody knows.
pub(in crate::disk) fn is_remote(file: &File) -> bool {
    let kind = rustix::fs::fstatfs(file).map(|status| u64::try_from(status.f_type));
    !matches!(kind, Ok(Ok(kind)) if !REMOTE.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_kernel_itself_are_local() {
        assert!(!is_remote(&File::open("/proc/self/status").unwrap()));
    }
}
