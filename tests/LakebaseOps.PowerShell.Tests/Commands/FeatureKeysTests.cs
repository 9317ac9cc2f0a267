using System.Collections;
using System.Management.Automation;
using LakebaseOps.Commands;

namespace LakebaseOps.PowerShell.Tests.Commands;

/// <summary>What -Key of Get-LakebaseFeature makes of the things a script may hand it.</summary>
public sealed class FeatureKeysTests
{
    [Fact]
    public void Plain_values_are_keys_of_one_entity() => Assert.Equal(
        ["0a1b", "42", "00000000-0000-0000-0000-000000000007"],
        new object[] { "0a1b", 42L, new Guid("00000000-0000-0000-0000-000000000007") }.SelectMany(Of).Select(key => key.Text));

    [Fact]
    public void A_hashtable_is_a_request_with_a_key_for_each_entity()
    {
        FeatureKey key = Assert.Single(Of(new Hashtable { ["card"] = new PSObject("0a1b"), ["device"] = 7 }));
        Assert.Equal(["card 0a1b", "device 7"], key.ByEntity!.Select(pair => $"{pair.Key} {pair.Value}").Order());
        Assert.False(key.PassesOthersOver);
    }

    [Fact]
    public void Arrays_of_keys_are_a_request_for_each_place()
    {
        FeatureKey[] keys = [.. Of(new Hashtable { ["card"] = new object[] { "a", "b" }, ["device"] = new[] { 1, 2 }, ["name"] = "n" })];
        Assert.Equal(["a 1 n", "b 2 n"], keys.Select(key => $"{key.ByEntity!["card"]} {key.ByEntity["device"]} {key.ByEntity["name"]}"));
        LakebaseException refused = Assert.Throws<LakebaseException>(
            () => Of(new Hashtable { ["card"] = new object[] { "a", "b" }, ["device"] = new[] { 1 } }).ToList());
        Assert.Equal(ErrorIds.InvalidArgument, refused.Error.Id);
    }

    [Fact]
    public void A_row_of_a_file_is_a_request_whatever_else_it_holds()
    {
        PSObject row = new();
        row.Properties.Add(new PSNoteProperty("Card", "0a1b"));
        row.Properties.Add(new PSNoteProperty("amount", 12.5));
        row.Properties.Add(new PSNoteProperty("nothing", null));
        FeatureKey key = Assert.Single(FeatureKeys.Of(row));
        Assert.True(key.PassesOthersOver);
        Assert.Equal("0a1b", key.ByEntity!["card"]);
        Assert.Equal(["amount", "Card"], key.ByEntity.Keys.Order(StringComparer.OrdinalIgnoreCase));
    }

    private static IEnumerable<FeatureKey> Of(object value) => FeatureKeys.Of(new PSObject(value));
}
