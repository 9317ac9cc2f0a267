namespace LakebaseOps;

/// <summary>
/// Every error id there is. Ids are stable: scripts match them with <c>$_.FullyQualifiedErrorId</c>.
/// The summary of each is the line that about_LakebaseOps_Errors shows.
/// </summary>
public static class ErrorIds
{
    /// <summary>A fault of LakebaseOps itself; please report it.</summary>
    public const string Internal = "LakebaseOps.Internal";

    // Connections

    /// <summary>The host could not be reached or its name not resolved.</summary>
    public const string ConnectionFailed = "LakebaseOps.ConnectionFailed";

    /// <summary>An open connection broke.</summary>
    public const string ConnectionLost = "LakebaseOps.ConnectionLost";

    /// <summary>TLS could not be agreed on, or the server's certificate is not trusted or not of that host.</summary>
    public const string TlsFailed = "LakebaseOps.TlsFailed";

    /// <summary>The server refused user or password.</summary>
    public const string AuthenticationFailed = "LakebaseOps.AuthenticationFailed";

    /// <summary>A secret named by an environment variable or a file is not there.</summary>
    public const string SecretNotFound = "LakebaseOps.SecretNotFound";

    /// <summary>A workflow's text holds a password or token instead of naming where it lies.</summary>
    public const string SecretInWorkflow = "LakebaseOps.SecretInWorkflow";

    /// <summary>No session is open and none was given.</summary>
    public const string SessionMissing = "LakebaseOps.SessionMissing";

    /// <summary>Several sessions are open and none was named.</summary>
    public const string SessionAmbiguous = "LakebaseOps.SessionAmbiguous";

    /// <summary>No session of that name is open.</summary>
    public const string SessionNotFound = "LakebaseOps.SessionNotFound";

    /// <summary>A session of that name is open already.</summary>
    public const string SessionExists = "LakebaseOps.SessionExists";

    /// <summary>The session was closed.</summary>
    public const string SessionClosed = "LakebaseOps.SessionClosed";

    /// <summary>The endpoint is a transaction pooler and cannot do what was asked.</summary>
    public const string PooledEndpoint = "LakebaseOps.PooledEndpoint";

    // The server's own refusals, by SQLSTATE class

    /// <summary>The role lacks a privilege (42501).</summary>
    public const string PermissionDenied = "LakebaseOps.PermissionDenied";

    /// <summary>A table, column, schema or database does not exist (42P01, 42703, 3F000, 3D000).</summary>
    public const string ObjectNotFound = "LakebaseOps.ObjectNotFound";

    /// <summary>An object of that name exists (42P07, 42710, 42P06).</summary>
    public const string ObjectExists = "LakebaseOps.ObjectExists";

    /// <summary>The server refused a value or a row (classes 22 and 23).</summary>
    public const string DataRejected = "LakebaseOps.DataRejected";

    /// <summary>The server ran out of connections, memory or disk (class 53).</summary>
    public const string ServerLimit = "LakebaseOps.ServerLimit";

    /// <summary>A lock could not be had, or the object is in use (class 55, 40P01).</summary>
    public const string ResourceBusy = "LakebaseOps.ResourceBusy";

    /// <summary>A statement was cancelled or ran out of time (57014).</summary>
    public const string OperationTimeout = "LakebaseOps.OperationTimeout";

    /// <summary>The operation was stopped before its end.</summary>
    public const string OperationCanceled = "LakebaseOps.OperationCanceled";

    /// <summary>The server, endpoint or transaction takes no changes (25006).</summary>
    public const string ReadOnly = "LakebaseOps.ReadOnly";

    /// <summary>The server is starting, stopping or was restarted (57P0x).</summary>
    public const string ServerUnavailable = "LakebaseOps.ServerUnavailable";

    /// <summary>The server refused a statement for another reason.</summary>
    public const string StatementFailed = "LakebaseOps.StatementFailed";

    /// <summary>A query's result holds a value of a type that has no counterpart here; cast it in the query.</summary>
    public const string ValueNotReadable = "LakebaseOps.ValueNotReadable";

    // Arguments

    /// <summary>An argument is not of the form it must have.</summary>
    public const string InvalidArgument = "LakebaseOps.InvalidArgument";

    /// <summary>A name is longer than 63 bytes, empty, or collides with another.</summary>
    public const string InvalidName = "LakebaseOps.InvalidName";

    /// <summary>An input file does not exist or cannot be read.</summary>
    public const string FileNotFound = "LakebaseOps.FileNotFound";

    /// <summary>An output path cannot be written.</summary>
    public const string PathNotWritable = "LakebaseOps.PathNotWritable";

    // Indexes

    /// <summary>A unique index cannot be built: some keys occur more than once.</summary>
    public const string DuplicateKey = "LakebaseOps.DuplicateKey";

    /// <summary>A primary key cannot be made: a key column holds NULL.</summary>
    public const string NullKey = "LakebaseOps.NullKey";

    /// <summary>An index of that name exists with another shape, or is invalid and not provably ours.</summary>
    public const string IndexConflict = "LakebaseOps.IndexConflict";

    /// <summary>An index was built, but the catalog does not show it as wanted.</summary>
    public const string IndexNotVerified = "LakebaseOps.IndexNotVerified";

    // Schemas and synthesis

    /// <summary>DDL is not SQL as the server would read it.</summary>
    public const string DdlSyntax = "LakebaseOps.DdlSyntax";

    /// <summary>DDL holds a statement or clause that is not understood here.</summary>
    public const string DdlNotSupported = "LakebaseOps.DdlNotSupported";

    /// <summary>A table of that name exists with another definition.</summary>
    public const string TableDiffers = "LakebaseOps.TableDiffers";

    /// <summary>No data can be made up for a column of that type.</summary>
    public const string TypeNotSupported = "LakebaseOps.TypeNotSupported";

    // Loading

    /// <summary>What is to be loaded is not what an unfinished load of the table began with.</summary>
    public const string LoadChanged = "LakebaseOps.LoadChanged";

    /// <summary>An unfinished load cannot go on: its stage table or its source is gone.</summary>
    public const string LoadNotResumable = "LakebaseOps.LoadNotResumable";

    /// <summary>A table has something that a swap could not carry over to its successor.</summary>
    public const string LoadNotPossible = "LakebaseOps.LoadNotPossible";

    /// <summary>The query or table that a load reads from failed, or the way to it; the target is not to blame.</summary>
    public const string SourceFailed = "LakebaseOps.SourceFailed";

    /// <summary>What was read back is not what was loaded; the production table was left alone.</summary>
    public const string LoadNotVerified = "LakebaseOps.LoadNotVerified";

    /// <summary>More rows were refused than -MaxErrors allows.</summary>
    public const string TooManyRejects = "LakebaseOps.TooManyRejects";

    /// <summary>No load of that table is on record.</summary>
    public const string CheckpointNotFound = "LakebaseOps.CheckpointNotFound";

    /// <summary>A load cannot be undone: no former table was kept.</summary>
    public const string PreviousNotFound = "LakebaseOps.PreviousNotFound";

    /// <summary>A load would not fit into the space that the server has left.</summary>
    public const string InsufficientSpace = "LakebaseOps.InsufficientSpace";

    // Sandboxes

    /// <summary>No PostgreSQL server binaries were found.</summary>
    public const string BinariesNotFound = "LakebaseOps.BinariesNotFound";

    /// <summary>The sandbox did not start.</summary>
    public const string SandboxFailed = "LakebaseOps.SandboxFailed";

    /// <summary>A sandbox of that name, or something else at its place, does not fit what was asked.</summary>
    public const string SandboxConflict = "LakebaseOps.SandboxConflict";

    /// <summary>No such sandbox is running.</summary>
    public const string SandboxNotFound = "LakebaseOps.SandboxNotFound";

    // Reports

    /// <summary>A file exists already and -Force was not given.</summary>
    public const string FileExists = "LakebaseOps.FileExists";

    /// <summary>A file is not a run record, or a report whose data were changed.</summary>
    public const string RunRecordInvalid = "LakebaseOps.RunRecordInvalid";

    /// <summary>A report could not be completed: a number that is not finite, or a fault of its template.</summary>
    public const string ReportIncomplete = "LakebaseOps.ReportIncomplete";

    // Serving

    /// <summary>A table has no single-column primary key to look rows up by, and no key column was named.</summary>
    public const string KeyColumnMissing = "LakebaseOps.KeyColumnMissing";

    /// <summary>A key is not of the key column's type, or the type cannot serve as a key.</summary>
    public const string KeyInvalid = "LakebaseOps.KeyInvalid";

    /// <summary>Several rows of one table carry the key asked for.</summary>
    public const string KeyNotUnique = "LakebaseOps.KeyNotUnique";

    /// <summary>The server answered with rows that were not asked for.</summary>
    public const string WrongFeatures = "LakebaseOps.WrongFeatures";

    /// <summary>A workload contradicts itself or is not in the form of a workload file.</summary>
    public const string WorkloadInvalid = "LakebaseOps.WorkloadInvalid";

    /// <summary>Mode Rpc needs a function on the server that is not there.</summary>
    public const string RpcNotInstalled = "LakebaseOps.RpcNotInstalled";

    /// <summary>The tables have changed since the function of mode Rpc was made.</summary>
    public const string RpcStale = "LakebaseOps.RpcStale";

    /// <summary>Mode Wide needs a wide table on the server that is not there.</summary>
    public const string WideNotInstalled = "LakebaseOps.WideNotInstalled";

    /// <summary>The tables that the wide table was made from have changed their columns since.</summary>
    public const string WideStale = "LakebaseOps.WideStale";

    /// <summary>The backend has no way to read in that mode.</summary>
    public const string ModeNotSupported = "LakebaseOps.ModeNotSupported";

    /// <summary>DynamoDB refused a request, or could not be reached.</summary>
    public const string DynamoDbFailed = "LakebaseOps.DynamoDbFailed";

    /// <summary>A key, value or row is such that DynamoDB cannot hold it.</summary>
    public const string DynamoDbValue = "LakebaseOps.DynamoDbValue";

    /// <summary>DynamoDB left keys or items unprocessed again and again.</summary>
    public const string DynamoDbUnprocessed = "LakebaseOps.DynamoDbUnprocessed";

    /// <summary>A table in DynamoDB that is to be read is not there, or is not wholly loaded.</summary>
    public const string DynamoDbNotInstalled = "LakebaseOps.DynamoDbNotInstalled";

    /// <summary>The tables that the copies in DynamoDB were made from have changed their columns since.</summary>
    public const string DynamoDbStale = "LakebaseOps.DynamoDbStale";

    // Latency

    /// <summary>The way to the server cannot be led through a link of our own: the session names several hosts.</summary>
    public const string RelayNotPossible = "LakebaseOps.RelayNotPossible";

    /// <summary>A cell is slower than its baseline by more than chance explains, or its figures must not be used.</summary>
    public const string LatencyRegression = "LakebaseOps.LatencyRegression";

    /// <summary>The server was restarted, resized, failed over or reconfigured while it was measured: the figures are invalid.</summary>
    public const string EndpointChanged = "LakebaseOps.EndpointChanged";

    /// <summary>What was asked for is done to sandboxes alone, and the session's server is none.</summary>
    public const string SandboxRequired = "LakebaseOps.SandboxRequired";

    // Dumps

    /// <summary>A folder is not that of a dump.</summary>
    public const string DumpNotFound = "LakebaseOps.DumpNotFound";

    /// <summary>A dump was begun and never completed.</summary>
    public const string DumpIncomplete = "LakebaseOps.DumpIncomplete";

    /// <summary>A file of a dump is missing or is not what the dump wrote.</summary>
    public const string DumpDamaged = "LakebaseOps.DumpDamaged";

    /// <summary>A dump that was broken off cannot go on as one: the snapshot it was read in is gone.</summary>
    public const string DumpSnapshotGone = "LakebaseOps.DumpSnapshotGone";

    /// <summary>A database holds objects that the chosen method of dumping cannot express.</summary>
    public const string DumpUnsupported = "LakebaseOps.DumpUnsupported";

    /// <summary>pg_dump is not on this machine, or is older than the server.</summary>
    public const string PgDumpNotFound = "LakebaseOps.PgDumpNotFound";

    /// <summary>pg_dump ended with an error.</summary>
    public const string PgDumpFailed = "LakebaseOps.PgDumpFailed";

    /// <summary>A restore or copy cannot begin: versions, roles, extensions, or something on the target that stands in the way.</summary>
    public const string RestoreNotPossible = "LakebaseOps.RestoreNotPossible";

    /// <summary>What was restored, read back, is not what was sent; nothing was replaced.</summary>
    public const string RestoreNotVerified = "LakebaseOps.RestoreNotVerified";

    /// <summary>Another restore to the same places was begun and has not come to its end.</summary>
    public const string RestoreUnfinished = "LakebaseOps.RestoreUnfinished";

    // Volumes

    /// <summary>A path names a volume, and nobody said which workspace has it or how to log in there.</summary>
    public const string WorkspaceNotConfigured = "LakebaseOps.WorkspaceNotConfigured";

    /// <summary>A catalog, schema or volume does not exist.</summary>
    public const string VolumeNotFound = "LakebaseOps.VolumeNotFound";

    /// <summary>A file is larger than a volume takes in one piece.</summary>
    public const string VolumeFileTooLarge = "LakebaseOps.VolumeFileTooLarge";

    /// <summary>A workspace refused a request for a reason that is not told apart, or has not stored what was sent.</summary>
    public const string VolumeFailed = "LakebaseOps.VolumeFailed";

    // Workflows

    /// <summary>The workflow file is not valid: malformed, an unknown command or parameter, a wrong value.</summary>
    public const string WorkflowInvalid = "LakebaseOps.WorkflowInvalid";

    /// <summary>A step of the workflow failed, or a gate did not pass.</summary>
    public const string WorkflowStepFailed = "LakebaseOps.WorkflowStepFailed";
}
