using System.Text;
using LakebaseOps.Connections;
using Npgsql;

namespace LakebaseOps.Benchmarks.Dumps;

/// <summary>What a database holds, as text that is equal for equal databases which are ready for queries.</summary>
internal static class DumpProof
{
    private const string Tables =
        """
        SELECT format('%I.%I', n.nspname, c.relname),
               format('%s indexes, %s', (SELECT string_agg(pg_get_indexdef(i.indexrelid) || i.indisvalid, '; ' ORDER BY i.indexrelid::regclass::text)
                   FROM pg_index i WHERE i.indrelid = c.oid),
                   CASE WHEN c.relallvisible < c.relpages * 0.99 THEN 'not all visible, ' || c.relallvisible || ' of ' || c.relpages
                        WHEN NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) THEN 'no statistics'
                        ELSE 'ready' END)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'lakebase_ops') AND n.nspname !~ '^pg_'
        ORDER BY 1
        """;

    /// <summary>Reads it.</summary>
    public static async Task<string> ReadAsync(PostgresSession session, CancellationToken cancellationToken)
    {
        StringBuilder proof = new();
        List<string> tables = [];
        await using NpgsqlConnection connection = await session.OpenAsync(cancellationToken);
        await using (NpgsqlCommand command = new(Tables, connection))
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                tables.Add(reader.GetString(0));
                proof.AppendLine(reader.GetString(0) + ": " + reader.GetString(1));
            }
        }

        foreach (string table in tables)
        {
            await using NpgsqlCommand command = new($"SELECT count(*) || ' ' || coalesce(sum(hash_record_extended(t.*, 0)::numeric), 0) FROM {table} t", connection) { CommandTimeout = 0 };
            proof.AppendLine($"{table}: {await command.ExecuteScalarAsync(cancellationToken)}");
        }

        return proof.ToString();
    }
}
