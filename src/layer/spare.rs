//! Memory for the values of a span's fields. It is taken where spans are made and is free again where they are worked on:
//! an allocator pays for that each time with locks that threads share, and with memory that neither has in its cache. So
//! what is done with goes back in bundles, and serves the next spans.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

/// Bytes of one that is kept; a span with more is rare.
const LARGEST: usize = 512;
/// How many move at once between a thread and what all share.
const BUNDLE: usize = 32;
/// A thread keeps twice as many at most: 32 KiB. All share so many bundles: 512 KiB.
const BUNDLES: usize = 32;

/// What threads share.
static SHARED: Mutex<Vec<Vec<Vec<u8>>>> = Mutex::new(Vec::new());
/// How many bundles that are.
static BUNDLES_SHARED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OWN: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Memory with nothing in it, for so many bytes at least.
#[inline]
pub(super) fn take(bytes: usize) -> Vec<u8> {
    let found =
        OWN.try_with(|own| own.try_borrow_mut().ok().and_then(|mut own| own.pop().or_else(|| refill(&mut own))));
    match found {
        // What is much larger would be counted with each span that has it.
        Ok(Some(memory)) if (bytes..=2 * bytes).contains(&memory.capacity()) => memory,
        _ => Vec::with_capacity(bytes),
    }
}

/// Keeps memory for the next span.
#[inline]
pub(super) fn give_back(mut memory: Vec<u8>) {
    if memory.capacity() == 0 || memory.capacity() > LARGEST {
        return;
    }
    memory.clear();
    let _ = OWN.try_with(|own| {
        let Ok(mut own) = own.try_borrow_mut() else { return };
        own.push(memory);
        if own.len() >= 2 * BUNDLE {
            let surplus = own.split_off(BUNDLE);
            share(surplus);
        }
    });
}

#[cold]
fn share(bundle: Vec<Vec<u8>>) {
    // Who does not get the lock lets it go.
    if let Some(mut shared) = lock()
        && shared.len() < BUNDLES
    {
        shared.push(bundle);
        BUNDLES_SHARED.store(shared.len(), Ordering::Relaxed);
    }
}

#[cold]
fn refill(own: &mut Vec<Vec<u8>>) -> Option<Vec<u8>> {
    if BUNDLES_SHARED.load(Ordering::Relaxed) == 0 {
        return None;
    }
    let mut shared = lock()?;
    *own = shared.pop()?;
    BUNDLES_SHARED.store(shared.len(), Ordering::Relaxed);
    drop(shared);
    own.pop()
}

fn lock() -> Option<MutexGuard<'static, Vec<Vec<Vec<u8>>>>> {
    match SHARED.try_lock() {
        Ok(shared) => Some(shared),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn given_back_elsewhere(count: usize, bytes: usize) {
        let give = move || (0..count).for_each(|_| give_back(Vec::with_capacity(bytes)));
        thread::spawn(give).join().unwrap();
    }

    #[test]
    fn what_another_thread_gives_back_serves_again_and_no_more_of_it_is_kept_than_is_said() {
        // No one else asks for so much. Other tests may have the lock just then.
        let serves_again = || {
            given_back_elsewhere(2 * BUNDLE, 333);
            (0..=BUNDLE * (BUNDLES + 2)).any(|_| take(240).capacity() == 333)
        };
        assert!((0..1_000).any(|_| serves_again()));
        given_back_elsewhere(3 * BUNDLE * BUNDLES, 333);
        assert!(SHARED.lock().unwrap().len() <= BUNDLES);
    }

    #[test]
    fn memory_is_as_large_as_is_asked_for_and_not_much_larger() {
        give_back(Vec::with_capacity(100));
        give_back(Vec::with_capacity(LARGEST));
        give_back(Vec::with_capacity(LARGEST + 1));
        for _ in 0..3 {
            let memory = take(200);
            assert!((200..=400).contains(&memory.capacity()) && memory.is_empty(), "{}", memory.capacity());
        }
    }
}
