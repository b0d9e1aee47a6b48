/// All digits of an integer in lower-case base 16.
package func hexadecimal(_ bits: some FixedWidthInteger & UnsignedInteger) -> String {
  let digits = String(bits, radix: 16)
  return String(repeating: "0", count: bits.bitWidth / 8 * 2 - digits.count) + digits
}
