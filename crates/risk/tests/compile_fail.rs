//! An approval comes from the gate or not at all.

#[test]
fn an_approval_cannot_be_forged_copied_or_read_from_bytes() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
