using System.Text;
using LakebaseOps.Indexing;

namespace LakebaseOps.Tests.Indexing;

public sealed class IndexNameTests
{
    [Fact]
    public void A_short_name_is_kept_as_it_is()
    {
        Assert.Equal("orders_pkey", IndexName.For(new TableName("public", "orders"), [], "pkey"));
        Assert.Equal("orders_a_b_idx", IndexName.For(new TableName("public", "orders"), ["\"a\"", "b"], "idx"));
    }

    [Theory]
    [InlineData(59, 'a')]
    [InlineData(63, 'a')]
    [InlineData(31, 'é')]
    [InlineData(21, '語')]
    public void A_long_name_fits_and_stays_different(int length, char character)
    {
        TableName one = new("public", new string(character, length));
        TableName other = new("public", new string(character, length - 1) + "z");
        string first = IndexName.For(one, ["hashkey"], "pkey");
        string second = IndexName.For(other, ["hashkey"], "pkey");
        Assert.InRange(Encoding.UTF8.GetByteCount(first), 1, TableName.MaxBytes);
        Assert.EndsWith("_pkey", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, IndexName.For(one, ["hashkey"], "key"));
        Assert.DoesNotContain('\uFFFD', first);
    }
}
