"""An OpenCTI connector that enriches accounts and channels with what an operation of vigie says of them."""
