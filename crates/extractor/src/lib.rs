//! An export API becomes a stream of pages.
