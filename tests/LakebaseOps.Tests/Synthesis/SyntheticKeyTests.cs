using LakebaseOps.Synthesis;
using Npgsql;

namespace LakebaseOps.Tests.Synthesis;

public sealed class SyntheticKeyTests(PostgresServer server) : DatabaseTest(server)
{
    [Fact]
    public async Task Keys_are_the_sha_256_that_the_server_computes()
    {
        SyntheticKey keys = new("cärd");
        await using NpgsqlConnection connection = await Session.OpenAsync(Cancel);
        await using NpgsqlCommand command = new("SELECT encode(sha256(convert_to('cärd:' || $1, 'UTF8')), 'hex')", connection);
        NpgsqlParameter<string> id = new() { TypedValue = "" };
        command.Parameters.Add(id);
        foreach (long number in (long[])[0, 1, 9, 10, 99, 12_345, 999_999_999, 1_999_999_999_999, long.MaxValue])
        {
            id.TypedValue = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            string expected = (string)(await command.ExecuteScalarAsync(Cancel))!;
            Assert.Equal(expected, keys.Text(number));
            Assert.Equal(expected, Convert.ToHexStringLower(keys.Bytes(number)));
            Assert.Equal(8, keys.Uuid(number).Version);
        }
    }

    [Theory]
    [InlineData("x")]
    [InlineData("cardholder_name_clean")]
    [InlineData("an entity of thirty-four characters")]
    [InlineData("an entity whose name is too long for one block of SHA-256 with its number")]
    public void Keys_hashed_together_are_the_keys_hashed_alone(string entity)
    {
        SyntheticKey keys = new(entity);
        foreach ((long first, int count) in ((long, int)[])[(0, 130), (95, 7), (99_990, 33), (9_999_999_990, 64), (long.MaxValue - 20, 20)])
        {
            byte[] together = new byte[count * SyntheticKey.BytesLength];
            keys.WriteBytes(first, together, count);
            for (int i = 0; i < count; i++)
                Assert.Equal(Convert.ToHexStringLower(keys.Bytes(first + i)), Convert.ToHexStringLower(together, i * SyntheticKey.BytesLength, SyntheticKey.BytesLength));
        }
    }

    [Fact]
    public void An_id_has_the_same_key_in_every_table_of_its_entity()
    {
        foreach (string entity in FraudWorkload.Entities)
        {
            IEnumerable<string> keys = FraudWorkload.Tables.Where(table => table.Entity == entity).Select(table =>
            {
                RowRecorder recorder = new();
                SyntheticTable.Create(table.Definition(), new SyntheticOptions { Rows = 1000, Seed = table.WindowDays }).WriteRow(777, recorder);
                return (string)recorder.Rows[0][0]!;
            });
            Assert.Equal(new SyntheticKey(entity).Text(777), Assert.Single(keys.Distinct()));
        }
    }
}
