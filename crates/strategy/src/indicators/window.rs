//! The last `n` values of a stream, in a ring that never grows.

/// A ring of fixed length: a new value pushes the oldest one out.
#[derive(Clone, Debug)]
pub(crate) struct Window<T> {
    items: Box<[T]>,
    /// Where the next value goes; once full, this is where the oldest one lies.
    next: usize,
    full: bool,
}

impl<T: Copy + Default> Window<T> {
    /// An empty window for `length` values (at least one).
    pub(crate) fn new(length: usize) -> Self {
        Self { items: vec![T::default(); length.max(1)].into_boxed_slice(), next: 0, full: false }
    }

    /// Puts a value in and tells which one fell out.
    #[inline]
    pub(crate) fn push(&mut self, value: T) -> Option<T> {
        let slot = self.items.get_mut(self.next)?;
        let oldest = std::mem::replace(slot, value);
        let evicted = self.full.then_some(oldest);
        self.next += 1;
        if self.next == self.items.len() {
            self.next = 0;
            self.full = true;
        }
        evicted
    }

    /// Whether as many values came in as fit.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// How many values fit.
    pub(crate) fn length(&self) -> usize {
        self.items.len()
    }

    /// The value `back` pushes before the newest (`0` is the newest), if it is still here.
    #[inline]
    pub(crate) fn back(&self, back: usize) -> Option<T> {
        let held = if self.full { self.items.len() } else { self.next };
        if back >= held {
            return None;
        }
        let newest = self.next + self.items.len() - 1;
        self.items.get((newest - back) % self.items.len()).copied()
    }

    /// All values held, in no particular order.
    pub(crate) fn unordered(&self) -> &[T] {
        let held = if self.full { self.items.len() } else { self.next };
        self.items.get(..held).unwrap_or(&[])
    }

    /// Forgets the values, keeps the room.
    pub(crate) fn clear(&mut self) {
        self.next = 0;
        self.full = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_value_falls_out_once_the_window_is_full() {
        let mut window = Window::new(2);
        assert_eq!(window.push(1), None);
        assert!(!window.is_full());
        assert_eq!(window.push(2), None);
        assert!(window.is_full());
        assert_eq!(window.push(3), Some(1));
        assert_eq!(window.push(4), Some(2));
        assert_eq!((window.back(0), window.back(1), window.back(2)), (Some(4), Some(3), None));
    }

    #[test]
    fn a_cleared_window_holds_nothing() {
        let mut window = Window::new(2);
        window.push(1);
        assert_eq!(window.unordered(), [1]);
        window.push(2);
        window.clear();
        assert!(window.unordered().is_empty());
        assert_eq!(window.back(0), None);
        assert_eq!(window.push(7), None);
    }
}
