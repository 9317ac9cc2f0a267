using LakebaseOps.Connections;

namespace LakebaseOps.Dumps.Definitions;

/// <summary>Who reads a database's definition.</summary>
internal static class DefinitionReaders
{
    /// <summary>The reader of a method; the managed one is the default everywhere since it needs no other program.</summary>
    public static IDefinitionReader Choose(DumpMethod method, PostgresSession session) => method switch
    {
        DumpMethod.PgDump => new PgDumpDefinitionReader(session),
        _ => new CatalogDefinitionReader(),
    };
}
