#pragma once

namespace infoplane::oracle {

/// A window over images [n, c, h, w], row-major: the sizes that convolution and pooling share.
struct Windowed {
  int n, c, h, w;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;

  int out_h() const { return (h + 2 * pad_h - kernel_h) / stride_h + 1; }
  int out_w() const { return (w + 2 * pad_w - kernel_w) / stride_w + 1; }

  /// Calls body(kh, kw, row, column) for each element of the window at an output position that
  /// lies on the image, at (row, column) of it.
  template <class Body>
  void for_each_element(int out_row, int out_column, const Body& body) const {
    for (int kh = 0; kh < kernel_h; ++kh) {
      for (int kw = 0; kw < kernel_w; ++kw) {
        const int row = out_row * stride_h - pad_h + kh;
        const int column = out_column * stride_w - pad_w + kw;
        if (row >= 0 && row < h && column >= 0 && column < w) {
          body(kh, kw, row, column);
        }
      }
    }
  }
};

}  // namespace infoplane::oracle
