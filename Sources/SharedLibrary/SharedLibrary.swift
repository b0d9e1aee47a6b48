// The shared library is `Interface` and nothing more. This target exists for its linker settings,
// which embed the Swift runtime and must not reach the tests.

@_exported import Interface
