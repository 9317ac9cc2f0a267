using System.IO.Compression;
using LakebaseOps.Loading;
using LakebaseOps.Loading.Wire;
using LakebaseOps.Schemas;
using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Tests.Synthesis;

public sealed class NewSyntheticDataOperationTests(PostgresServer server) : DatabaseTest(server)
{
    private const string EveryType = """"
        CREATE TABLE every (
            id uuid PRIMARY KEY, flag boolean, small smallint, whole integer, big bigint, real_value real, fraction double precision,
            words text, short varchar(4), fixed char(9), doc json, raw bytea, other uuid, day date, at timestamp, at_zone timestamptz(3),
            "last ""seen""" timestamptz, total bigint GENERATED ALWAYS AS (big + 1) STORED, serial_no integer GENERATED ALWAYS AS IDENTITY);
        """";

    private readonly string _folder = Directory.CreateTempSubdirectory("lakebaseops-synthesis-").FullName;

    public override async ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Files_hold_the_rows_that_go_straight_into_the_server()
    {
        TableDefinition table = DdlParser.Parse(EveryType).Tables[0];
        await ExecuteAsync($"{EveryType} CREATE TABLE straight (LIKE every INCLUDING ALL)");
        RecordingSink sink = await RecordingSink.RunAsync(
            new NewSyntheticDataOperation(new NewSyntheticDataOptions
            {
                Path = _folder, Definition = [table], Rows = 2_500, NullShare = 0.2, FileCount = 3, Gzip = true, Seed = 7,
            }),
            Cancel);
        IReadOnlyList<SyntheticFile> files = sink.Of<SyntheticFile>();
        Assert.Equal([833, 833, 834], files.OrderBy(file => file.LiteralPath).Select(file => file.Rows));
        string columns = string.Join(", ", table.Columns.Where(column => !column.IsGenerated).Select(column => TableName.Quote(column.Name)));
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        foreach (SyntheticFile file in files)
        {
            Assert.Equal(("public.every", new FileInfo(file.LiteralPath).Length), (file.Table, file.SizeBytes));
            using StreamReader content = new(new GZipStream(File.OpenRead(file.LiteralPath), CompressionMode.Decompress));
            await using TextWriter copy = await connection.BeginTextImportAsync(
                $"COPY every ({columns}) FROM STDIN (FORMAT csv, HEADER match)", Cancel);
            await copy.WriteAsync((await content.ReadToEndAsync(Cancel)).AsMemory(), Cancel);
        }

        SyntheticTable rows = SyntheticTable.Create(table, new SyntheticOptions { Rows = 2_500, NullShare = 0.2, Seed = 7 });
        await using (NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync($"COPY straight ({columns}) FROM STDIN (FORMAT binary)", Cancel))
        {
            ImporterWriter writer = new(importer, rows.Columns);
            for (long row = 0; row < rows.Rows; row++)
                rows.WriteRow(row, writer);
            await importer.CompleteAsync(Cancel);
        }

        Assert.Equal(2_500L, await ScalarAsync<long>("SELECT count(*) FROM every"));
        Assert.Equal(await HashAsync("every"), await HashAsync("straight"));
        Assert.True(await ScalarAsync<bool>("SELECT count(words) < 2500 AND count(words) > 1500 AND max(length(short)) = 4 FROM every"));
    }

    [Fact]
    public async Task A_table_of_the_workload_can_be_chosen_and_files_are_not_replaced_unasked()
    {
        NewSyntheticDataOptions options = new() { Path = Path.Combine(_folder, "new"), Workload = FeatureWorkload.Fraud, Table = ["*time_since__30d"], Rows = 10 };
        RecordingSink sink = await RecordingSink.RunAsync(new NewSyntheticDataOperation(options), Cancel);
        Assert.Equal(3, sink.Of<SyntheticFile>().Count);
        string[] lines = File.ReadAllLines(sink.Of<SyntheticFile>()[0].LiteralPath);
        Assert.Equal(11, lines.Length);
        Assert.StartsWith("\"hashkey\",\"event_count\",", lines[0], StringComparison.Ordinal);

        LakebaseException thrown = await Assert.ThrowsAsync<LakebaseException>(
            () => RecordingSink.RunAsync(new NewSyntheticDataOperation(options with { Rows = 5 }), Cancel));
        Assert.Equal(ErrorIds.FileExists, thrown.Error.Id);
        Assert.Equal(11, File.ReadAllLines(sink.Of<SyntheticFile>()[0].LiteralPath).Length);
        await RecordingSink.RunAsync(new NewSyntheticDataOperation(options with { Rows = 5, Force = true }), Cancel);
        Assert.Equal(6, File.ReadAllLines(sink.Of<SyntheticFile>()[0].LiteralPath).Length);
        Assert.Empty(Directory.EnumerateFiles(options.Path, "*.new"));
    }

    [Theory]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY, cost numeric(18,2))", "numeric(18,2)", "cost")]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY, tags text[])", "text[]", "tags")]
    [InlineData("CREATE TABLE t (id varchar(10) PRIMARY KEY)", "character varying(10)", "id")]
    [InlineData("CREATE TABLE t (id smallint PRIMARY KEY)", "smallint", "id")]
    public void What_cannot_be_made_up_is_refused_by_column_and_type(string ddl, string type, string column)
    {
        LakebaseException thrown = Assert.Throws<LakebaseException>(
            () => SyntheticTable.Create(DdlParser.Parse(ddl).Tables[0], new SyntheticOptions { Rows = 40_000 }));
        Assert.Equal(ErrorIds.TypeNotSupported, thrown.Error.Id);
        Assert.Contains($"type {type} of column '{column}'", thrown.Error.Message, StringComparison.Ordinal);
    }

    private Task<string> HashAsync(string table) => ScalarAsync<string>(
        $"SELECT sum(hash_record_extended(t.*, 0)::numeric)::text FROM (SELECT id, flag, small, whole, big, real_value, fraction, words, short, fixed, doc::text, raw, other, day, at, at_zone, \"last \"\"seen\"\"\", total, serial_no FROM {table}) t");

    /// <summary>Npgsql's own importer behind the interface.</summary>
    private sealed class ImporterWriter(NpgsqlBinaryImporter importer, IReadOnlyList<ColumnDefinition> columns) : IRowWriter
    {
        private static readonly DateTime Epoch = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);
        private int _column;

        public void StartRow(int columns)
        {
            importer.StartRow();
            _column = 0;
        }

        public void WriteNull()
        {
            importer.WriteNull();
            _column++;
        }

        public void WriteBoolean(bool value) => Write(value);

        public void WriteInt16(short value) => Write(value);

        public void WriteInt32(int value) => Write(value);

        public void WriteInt64(long value) => Write(value);

        public void WriteSingle(float value) => Write(value);

        public void WriteDouble(double value) => Write(value);

        public void WriteTimestamp(long microseconds) => Write(DateTime.SpecifyKind(
            Epoch.AddTicks(microseconds * 10), columns[_column].Type.EndsWith("with time zone", StringComparison.Ordinal) ? DateTimeKind.Utc : DateTimeKind.Unspecified));

        public void WriteDate(int days) => Write(DateOnly.FromDateTime(Epoch.AddDays(days)));

        public void WriteUuid(Guid value) => Write(value);

        public void WriteText(ReadOnlySpan<byte> utf8) =>
            importer.Write(System.Text.Encoding.UTF8.GetString(utf8), columns[_column++].Type == "json" ? NpgsqlTypes.NpgsqlDbType.Json : NpgsqlTypes.NpgsqlDbType.Text);

        public void WriteBytes(ReadOnlySpan<byte> value) => Write(value.ToArray());

        private void Write<T>(T value)
        {
            importer.Write(value);
            _column++;
        }
    }
}
