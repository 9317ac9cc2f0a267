namespace LakebaseOps.Dumps.Restoring;

/// <summary>The server that a source's contents are of.</summary>
/// <param name="Label">What a person calls the source: a folder, or server and database.</param>
/// <param name="Major">Major version of PostgreSQL.</param>
/// <param name="Encoding">Encoding of the database.</param>
internal sealed record DumpOrigin(string Label, int Major, string Encoding);
