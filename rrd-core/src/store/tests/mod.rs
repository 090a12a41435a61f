//! A store on a disk that is killed, fails or loses its power at every operation.

mod crash;
