// Command differential decodes bodies of the Engine API with Go's own decoder and moby's own types, and tells where that
// differs from what was understood elsewhere.
//
// Standard input holds frames: one byte for the kind of body, then three texts, each behind its length (32 bits, little
// endian): what the client sent, what would be forwarded, and the view of it (empty: none). Standard output gets a line for
// each difference and at last the number of cases.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	oldcontainer "github.com/docker/docker/api/types/container"
	oldnetwork "github.com/docker/docker/api/types/network"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/api/types/volume"
)

// oldCreate is what engines up to 26.1 decode a request into: HostConfig may stand inside or around.
type oldCreate struct {
	*oldcontainer.Config
	InnerHostConfig  *oldcontainer.HostConfig     `json:"HostConfig,omitempty"`
	Cpuset           string                       `json:",omitempty"`
	NetworkingConfig *oldnetwork.NetworkingConfig `json:"NetworkingConfig,omitempty"`
	*oldcontainer.HostConfig
}

// decoders of each kind of body, and keys whose texts they change or do not know.
var decoders = map[byte][]struct {
	name   string
	make   func() any
	ignore map[string]bool
}{
	0: {
		{"create", func() any { return new(container.CreateRequest) }, set("ExposedPorts", "PortBindings", "Dns", "MacAddress", "KernelMemory", "KernelMemoryTCP", "DiskQuota", "Capabilities", "PublishService", "Gateway", "IPAddress", "IPv6Gateway", "GlobalIPv6Address", "IPAMConfig", "ArgsEscaped")},
		{"old create", func() any { return new(oldCreate) }, set("KernelMemory", "DiskQuota", "Capabilities", "PublishService", "GwPriority", "ImageOptions", "Options", "Cgroup", "CgroupnsMode")},
	},
	1: {{"update", func() any { return new(container.UpdateConfig) }, set("KernelMemory", "KernelMemoryTCP", "DiskQuota")}},
	2: {{"exec", func() any { return new(container.ExecCreateRequest) }, set("Detach")}},
	3: {{"volume", func() any { return new(volume.CreateRequest) }, set()}},
	4: {{"network", func() any { return new(network.CreateRequest) }, set("CheckDuplicate", "IPAM")}},
	5: {{"service", func() any { return new(swarm.ServiceSpec) }, set("Networks", "Nameservers", "GenericResources", "Reservations")}},
}

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, name := range names {
		all[name] = true
	}
	return all
}

func decode(data []byte, value any) error {
	return json.NewDecoder(bytes.NewReader(data)).Decode(value)
}

// prune leaves out what is the same as not being there. An empty list of masked paths is not.
func prune(value any, key string, ignore map[string]bool) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, item := range value {
			// The size of a terminal is two numbers, whatever is sent.
			if ignore[name] || name == "ConsoleSize" {
				continue
			}
			if item = prune(item, name, ignore); item != nil {
				out[name] = item
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := []any{}
		for _, item := range value {
			if item = prune(item, "", ignore); item == nil {
				item = "nothing"
			}
			out = append(out, item)
		}
		if len(out) == 0 && key != "MaskedPaths" && key != "ReadonlyPaths" {
			return nil
		}
		return out
	case bool:
		if !value {
			return nil
		}
	case string:
		if value == "" {
			return nil
		}
	case json.Number:
		// 1, 1.0 and 1e0 are one number; the one fraction of the API has 32 bits.
		if strings.ContainsAny(string(value), ".eE") || key == "MaxFailureRatio" {
			if number, err := value.Float64(); err == nil {
				value = json.Number(strconv.FormatFloat(number, 'f', -1, 32))
			}
		}
		if value == "0" || value == "-0" {
			return nil
		}
		return value
	}
	return value
}

func generic(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return value, err
}

func text(in *bufio.Reader) ([]byte, error) {
	var length uint32
	if err := binary.Read(in, binary.LittleEndian, &length); err != nil {
		return nil, err
	}
	data := make([]byte, length)
	_, err := io.ReadFull(in, data)
	return data, err
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	cases, views, taken, told := 0, 0, 0, 0
	tell := func(what string, parts ...any) {
		if told++; told <= 20 {
			fmt.Printf("DIFFERENT %s: %s\n", what, fmt.Sprint(parts...))
		}
	}
	for {
		kind, err := in.ReadByte()
		if err == io.EOF {
			break
		}
		sent, err1 := text(in)
		forwarded, err2 := text(in)
		view, err3 := text(in)
		if err != nil || err1 != nil || err2 != nil || err3 != nil {
			fmt.Println("BROKEN input")
			os.Exit(2)
		}
		cases++
		for _, decoder := range decoders[kind] {
			original, ours := decoder.make(), decoder.make()
			originalError, ourError := decode(sent, original), decode(forwarded, ours)
			if originalError == nil {
				taken++
				if ourError != nil {
					tell(decoder.name, "only the original is taken: ", ourError, "\n  ", string(sent), "\n  ", string(forwarded))
					continue
				}
				if !reflect.DeepEqual(original, ours) {
					tell(decoder.name, "forwarded means something else\n  ", string(sent), "\n  ", string(forwarded))
					continue
				}
			}
			if ourError != nil || len(view) == 0 {
				continue
			}
			views++
			written, err := json.Marshal(ours)
			if err != nil {
				tell(decoder.name, err)
				continue
			}
			theirs, _ := generic(written)
			seen, err := generic(view)
			if err != nil {
				tell(decoder.name, "the view is no JSON: ", err)
				continue
			}
			if a, b := prune(theirs, "", decoder.ignore), prune(seen, "", decoder.ignore); !reflect.DeepEqual(a, b) {
				x, _ := json.Marshal(a)
				y, _ := json.Marshal(b)
				tell(decoder.name, "the view differs\n  Go:   ", string(x), "\n  ours: ", string(y))
			}
		}
	}
	fmt.Printf("CASES %d TAKEN %d VIEWS %d DIFFERENT %d\n", cases, taken, views, told)
}
