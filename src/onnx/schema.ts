/**
 * The ONNX wire format: the messages of the public specification (onnx-ml.proto,
 * IR version 14) in proto2 text. Field names and numbers are the specification's;
 * enumerations are plain int32 and oneofs plain optional fields, so that decoding
 * interprets nothing and `decode.ts` can refuse what the specification forbids.
 * The same table drives the wire check (`wire.ts`) and the protobufjs decoder.
 */
import protobuf from "protobufjs";
import { invariant } from "../../ir/prelude.js";

const text = `
syntax = "proto2";
message ModelProto {
  optional int64 ir_version = 1;
  repeated OperatorSetIdProto opset_import = 8;
  optional string producer_name = 2;
  optional string producer_version = 3;
  optional string domain = 4;
  optional int64 model_version = 5;
  optional string doc_string = 6;
  optional GraphProto graph = 7;
  repeated StringStringEntryProto metadata_props = 14;
  repeated TrainingInfoProto training_info = 20;
  repeated FunctionProto functions = 25;
  repeated DeviceConfigurationProto configuration = 26;
}
message GraphProto {
  repeated NodeProto node = 1;
  optional string name = 2;
  repeated TensorProto initializer = 5;
  optional string doc_string = 10;
  repeated ValueInfoProto input = 11;
  repeated ValueInfoProto output = 12;
  repeated ValueInfoProto value_info = 13;
  repeated TensorAnnotation quantization_annotation = 14;
  repeated SparseTensorProto sparse_initializer = 15;
  repeated StringStringEntryProto metadata_props = 16;
}
message NodeProto {
  repeated string input = 1;
  repeated string output = 2;
  optional string name = 3;
  optional string op_type = 4;
  repeated AttributeProto attribute = 5;
  optional string doc_string = 6;
  optional string domain = 7;
  optional string overload = 8;
  repeated StringStringEntryProto metadata_props = 9;
  repeated NodeDeviceConfigurationProto device_configurations = 10;
}
message AttributeProto {
  optional string name = 1;
  optional float f = 2;
  optional int64 i = 3;
  optional bytes s = 4;
  optional TensorProto t = 5;
  optional GraphProto g = 6;
  repeated float floats = 7;
  repeated int64 ints = 8;
  repeated bytes strings = 9;
  repeated TensorProto tensors = 10;
  repeated GraphProto graphs = 11;
  optional string doc_string = 13;
  optional TypeProto tp = 14;
  repeated TypeProto type_protos = 15;
  optional int32 type = 20;
  optional string ref_attr_name = 21;
  optional SparseTensorProto sparse_tensor = 22;
  repeated SparseTensorProto sparse_tensors = 23;
}
message TensorProto {
  repeated int64 dims = 1;
  optional int32 data_type = 2;
  optional Segment segment = 3;
  repeated float float_data = 4 [packed = true];
  repeated int32 int32_data = 5 [packed = true];
  repeated bytes string_data = 6;
  repeated int64 int64_data = 7 [packed = true];
  optional string name = 8;
  optional bytes raw_data = 9;
  repeated double double_data = 10 [packed = true];
  repeated uint64 uint64_data = 11 [packed = true];
  optional string doc_string = 12;
  repeated StringStringEntryProto external_data = 13;
  optional int32 data_location = 14;
  repeated StringStringEntryProto metadata_props = 16;
}
message Segment { optional int64 begin = 1; optional int64 end = 2; }
message SparseTensorProto {
  optional TensorProto values = 1;
  optional TensorProto indices = 2;
  repeated int64 dims = 3;
}
message ValueInfoProto {
  optional string name = 1;
  optional TypeProto type = 2;
  optional string doc_string = 3;
  repeated StringStringEntryProto metadata_props = 4;
}
message TypeProto {
  optional TensorTypeProto tensor_type = 1;
  optional SequenceTypeProto sequence_type = 4;
  optional MapTypeProto map_type = 5;
  optional string denotation = 6;
  optional OpaqueTypeProto opaque_type = 7;
  optional TensorTypeProto sparse_tensor_type = 8;
  optional SequenceTypeProto optional_type = 9;
}
message TensorTypeProto { optional int32 elem_type = 1; optional TensorShapeProto shape = 2; }
message SequenceTypeProto { optional TypeProto elem_type = 1; }
message MapTypeProto { optional int32 key_type = 1; optional TypeProto value_type = 2; }
message OpaqueTypeProto { optional string domain = 1; optional string name = 2; }
message TensorShapeProto { repeated DimensionProto dim = 1; }
message DimensionProto {
  optional int64 dim_value = 1;
  optional string dim_param = 2;
  optional string denotation = 3;
}
message OperatorSetIdProto { optional string domain = 1; optional int64 version = 2; }
message FunctionProto {
  optional string name = 1;
  repeated string input = 4;
  repeated string output = 5;
  repeated string attribute = 6;
  repeated NodeProto node = 7;
  optional string doc_string = 8;
  repeated OperatorSetIdProto opset_import = 9;
  optional string domain = 10;
  repeated AttributeProto attribute_proto = 11;
  repeated ValueInfoProto value_info = 12;
  optional string overload = 13;
  repeated StringStringEntryProto metadata_props = 14;
}
message StringStringEntryProto { optional string key = 1; optional string value = 2; }
message TensorAnnotation {
  optional string tensor_name = 1;
  repeated StringStringEntryProto quant_parameter_tensor_names = 2;
}
message TrainingInfoProto {
  optional GraphProto initialization = 1;
  optional GraphProto algorithm = 2;
  repeated StringStringEntryProto initialization_binding = 3;
  repeated StringStringEntryProto update_binding = 4;
}
message DeviceConfigurationProto {
  optional string name = 1;
  optional int32 num_devices = 2;
  repeated string device = 3;
}
message NodeDeviceConfigurationProto {
  optional string configuration_id = 1;
  repeated ShardingSpecProto sharding_spec = 2;
  optional int32 pipeline_stage = 3;
}
message ShardingSpecProto {
  optional string tensor_name = 1;
  repeated int64 device = 2;
  repeated IntIntListEntryProto index_to_device_group_map = 3;
  repeated ShardedDimProto sharded_dim = 4;
}
message IntIntListEntryProto { optional int64 key = 1; repeated int64 value = 2; }
message ShardedDimProto { optional int64 axis = 1; repeated SimpleShardedDimProto simple_sharding = 2; }
message SimpleShardedDimProto {
  optional int64 dim_value = 1;
  optional string dim_param = 2;
  optional int64 num_shards = 3;
}
`;

const root = protobuf.parse(text, { keepCase: true }).root.resolveAll();

/** The protobufjs type of a message of the table above. */
export function messageType(name: string): protobuf.Type {
  return root.lookupType(name);
}

/** The message type of a field that embeds one, undefined for a scalar. */
export function embeddedType(field: protobuf.Field): protobuf.Type | undefined {
  const resolved = field.resolvedType;
  invariant(resolved === null || resolved instanceof protobuf.Type, `field ${field.name} is an enumeration`);
  return resolved ?? undefined;
}
