//! The signal handler, and its installation by a program.

use std::io;

/// Installs the handler in this process, for its whole life. Again does nothing.
///
/// For programs, at their start: whoever installs another handler for SIGBUS later has to call the one
/// that it replaces. An error is the system's; on systems other than Linux it is `Unsupported`.
pub fn install() -> io::Result<()> {
    system::install()
}

#[cfg(target_os = "linux")]
mod system {
    use std::ffi::c_void;
    use std::io;
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex, OnceLock, PoisonError};

    use libc::{c_int, siginfo_t};
    use rustix::mm::{MapFlags, ProtFlags};

    use crate::registry;

    type Action = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

    /// What was installed before; written before our handler is.
    static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();
    /// Bytes of a page; written before our handler is installed.
    static PAGE: AtomicUsize = AtomicUsize::new(0);

    pub(super) fn install() -> io::Result<()> {
        static INSTALLED: Mutex<bool> = Mutex::new(false);
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if *installed {
            return Ok(());
        }
        PAGE.store(rustix::param::page_size(), Ordering::Release);
        let mut before = MaybeUninit::uninit();
        // SAFETY: only reads what is installed.
        call(unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), before.as_mut_ptr()) })?;
        // SAFETY: filled by the call.
        let before = unsafe { before.assume_init() };
        // After a try that failed it holds the same.
        BEFORE.get_or_init(|| before);
        let mut ours = before;
        let handler: Action = on_sigbus;
        ours.sa_sigaction = handler as usize;
        // On the stack that threads have for signals, so that it is there where theirs is full.
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        // SAFETY: the mask is our own.
        call(unsafe { libc::sigemptyset(&raw mut ours.sa_mask) })?;
        // SAFETY: the handler has the signature that SA_SIGINFO asks for, and keeps to what a handler
        // may do: atomics, `mmap` without the C library, `sigaction` and `raise`.
        call(unsafe { libc::sigaction(libc::SIGBUS, &raw const ours, ptr::null_mut()) })?;
        *installed = true;
        Ok(())
    }

    fn call(answer: c_int) -> io::Result<()> {
        if answer == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    unsafe extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
        // SAFETY: the kernel hands a filled one to handlers with SA_SIGINFO.
        let (code, address) = unsafe { ((*info).si_code, (*info).si_addr()) };
        // A page that has no file behind it any more; broken memory, for one, is none of ours.
        let ours = code == libc::BUS_ADRERR && cover(address.addr());
        if !ours {
            // SAFETY: as this was called.
            unsafe { pass_on(signal, code, info, context) };
        }
    }

    /// Covers the lost rest of the mapping at `address` with zero pages. False where it is in no
    /// registered mapping, or the system has no pages.
    fn cover(address: usize) -> bool {
        let Some(found) = registry::find(address) else {
            return false;
        };
        // First the mark: whoever reads a zero that was none finds it set.
        found.mark();
        let page = PAGE.load(Ordering::Relaxed);
        let from = address & !(page - 1);
        let bytes = (found.end - from).next_multiple_of(page);
        let prot = ProtFlags::READ | ProtFlags::WRITE;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // SAFETY: the rest of a mapping whose owner allowed that; a file that lost a page lost those
        // behind it.
        unsafe {
            rustix::mm::mmap_anonymous(ptr::with_exposed_provenance_mut(from), bytes, prot, flags)
        }
        .is_ok()
    }

    /// Does what would have been done without us.
    ///
    /// # Safety
    /// In the handler, with what it got.
    unsafe fn pass_on(signal: c_int, code: c_int, info: *mut siginfo_t, context: *mut c_void) {
        let Some(before) = BEFORE.get() else {
            return; // Not before `install` filled it.
        };
        match before.sa_sigaction {
            libc::SIG_IGN if code <= 0 => {} // Somebody sent it, and it is ignored.
            libc::SIG_DFL | libc::SIG_IGN => {
                // A fault ends the process when the access is tried again; what somebody sent comes
                // again when we return.
                let mut default = *before;
                default.sa_sigaction = libc::SIG_DFL;
                // SAFETY: takes the handler away; both may be called in a handler.
                unsafe {
                    libc::sigaction(signal, &raw const default, ptr::null_mut());
                    if code <= 0 {
                        libc::raise(signal);
                    }
                }
            }
            handler if before.sa_flags & libc::SA_SIGINFO != 0 => {
                // SAFETY: installed with SA_SIGINFO, so of this signature.
                let handler: Action = unsafe { std::mem::transmute(handler) };
                // SAFETY: called as the kernel would have.
                unsafe { handler(signal, info, context) };
            }
            handler => {
                // SAFETY: installed without SA_SIGINFO, so of this signature.
                let handler: unsafe extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
                // SAFETY: called as the kernel would have.
                unsafe { handler(signal) };
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;

    pub(super) fn install() -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
