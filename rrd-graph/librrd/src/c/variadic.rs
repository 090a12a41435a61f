//! The two functions with variable arguments: C reads these, and a function that is defined in C
//! is not exported from this library, so that these jump there with all registers as they are.

use std::arch::naked_asm;

unsafe extern "C" {
    fn rrd_variadic_set_error();
    fn rrd_variadic_snprintf();
}

/// `void rrd_set_error(char *format, ...)`: sets the error of this thread.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn rrd_set_error() {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    naked_asm!("jmp {}", sym rrd_variadic_set_error);
    #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
    naked_asm!("b {}", sym rrd_variadic_set_error);
    #[cfg(any(target_arch = "riscv64", target_arch = "riscv32"))]
    naked_asm!("tail {}", sym rrd_variadic_set_error);
}

/// `int rrd_snprintf(char *text, size_t size, const char *format, ...)`: `snprintf` whose numbers
/// have a point in every locale.
#[unsafe(no_mangle)]
#[unsafe(naked)]
pub(crate) unsafe extern "C" fn rrd_snprintf() {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    naked_asm!("jmp {}", sym rrd_variadic_snprintf);
    #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
    naked_asm!("b {}", sym rrd_variadic_snprintf);
    #[cfg(any(target_arch = "riscv64", target_arch = "riscv32"))]
    naked_asm!("tail {}", sym rrd_variadic_snprintf);
}
