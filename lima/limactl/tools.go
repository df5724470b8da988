//go:build tools

// Keeps limactl's package in the module graph, so that `go mod tidy` leaves its hashes in go.sum.
package limactl

import _ "github.com/lima-vm/lima/v2/cmd/limactl"
