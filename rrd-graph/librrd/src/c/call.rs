//! The rim of every exported function: a failure becomes the thread's error text, and a panic
//! becomes a failure.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

use crate::error::{Failure, set_error};

/// The result of a function of this library, or `failed` after its error was set.
pub(crate) fn guarded<T>(failed: T, body: impl FnOnce() -> Result<T, Failure>) -> T {
    static SILENT: Once = Once::new();
    // The hook of this library's own copy of the standard library: programs in C have no other.
    SILENT.call_once(|| set_hook(Box::new(|_| {})));
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return value,
        Ok(Err(failure)) => failure,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            Failure::new(format!("internal error: {}", text.unwrap_or("of an unknown kind")))
        }
    };
    set_error(&failure);
    failed
}

/// Defines a function that C calls. Its body is of the type `Result<RESULT, Failure>`; after
/// `else` stands what the function returns if the body fails or panics.
macro_rules! export {
    (
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $result:ty, else $failed:expr;
        $body:block
    ) => {
        $(#[$attribute])*
        #[unsafe(no_mangle)]
        pub(crate) unsafe extern "C" fn $name($($argument: $type),*) -> $result {
            $crate::c::call::guarded($failed, || $body)
        }
    };
}
pub(crate) use export;

#[cfg(test)]
mod tests {
    use std::ffi::c_int;

    use super::*;
    use crate::error::error_text;

    export! {
        fn rrd_test_of_a_panic(value: c_int) -> c_int, else -1;
        {
            assert!(value > 0, "no {value}");
            if value > 1 { Err(Failure::new("too much")) } else { Ok(value) }
        }
    }

    #[test]
    fn a_panic_and_a_failure_become_the_error_of_the_thread() {
        // SAFETY: there is no pointer.
        let call = |value| (unsafe { rrd_test_of_a_panic(value) }, error_text());
        assert_eq!(call(1), (1, String::new()));
        assert_eq!(call(0), (-1, "internal error: no 0".to_owned()));
        assert_eq!(call(2), (-1, "too much".to_owned()));
        // A success leaves an older error.
        assert_eq!(call(1), (1, "too much".to_owned()));
    }
}
