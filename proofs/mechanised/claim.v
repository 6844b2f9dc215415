(** * The claim about operator instances

    With the rules of refinement.v proved, an operator instance of [after] has the value
    of its target in [before]: by induction on theta, and inside a value by the walk.
    Counterpart: docs/theorem.md section 5. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order cases sources reading refinement.
Import ListNotations.

Section Claim.
  Context {V : Type}.
  Variables (I : interpretation V) (before after : program) (Db Da : dataflow) (phi : mapping).
  Variables (mb ma : memory V).
  Hypothesis before_rules : established before Db.
  Hypothesis after_rules : established after Da.
  Hypothesis step_rules : refines before after Db Da phi.
  Hypothesis before_given : starts I before mb.
  Hypothesis after_given : starts I after ma.

  (** val of a node of [before]. *)
  Definition node_value (n : node) (v : V) : Prop :=
    exists s m e, lookup before (n_store n) = Some s /\ memory_at I before mb (s, n_point n) m /\
      value_at (s_value s) (n_path n) = Some e /\ v = eval I m (n_point n) e.

  Definition operand_value (o : operand) (v : V) : Prop :=
    match o with
    | OperandNode n => node_value n v
    | OperandCases t y => exists l, table_right I before mb l t y v
    end.

  Lemma node_value_unique : forall n v v', node_value n v -> node_value n v' -> v = v'.
  Proof.
    intros n v v' (s & m & e & Hs & Hm & He & ->) (s' & m' & e' & Hs' & Hm' & He' & ->).
    assert (s' = s) by congruence. subst s'. assert (e' = e) by congruence. subst e'.
    rewrite (memory_unique I before Db mb before_rules _ _ _ Hm Hm'). reflexivity.
  Qed.

  (** Lemma 3 for the operands of an operator of [before]. *)
  Lemma operand_right : forall n s m e j, lookup before (n_store n) = Some s -> memory_at I before mb (s, n_point n) m ->
    expr_of before (child n j) = Some e -> operand_value (operand_of before Db n j) (eval I m (n_point n) e).
  Proof.
    intros n s m e j Hs Hm He. unfold operand_of. rewrite He.
    assert (Hv : value_at (s_value s) (n_path n ++ [j]) = Some e).
    { unfold expr_of in He. simpl in He. rewrite Hs in He. exact He. }
    destruct e as [b i | c | z | f args].
    - destruct Hm as (l & rest & E & ->). exists l. unfold table_of. rewrite Hs.
      pose proof (rank_load _ _ _ _ Hv) as Hj.
      destruct (sources_of before Db (rank (s_value s) (n_path n ++ [j])) s b i) as [t |] eqn:Ht.
      + exact (lemma3_copies I before Db mb before_rules before_given l s (n_point n) rest _ b i _ t E Hj Ht).
      + exfalso. refine (W2_copies_end before Db (e_W2 before Db before_rules) s _ b i _ Hj Ht).
        exact (proj1 (lookup_in _ _ _ Hs)).
    - exists []. apply unconditional_right. reflexivity.
    - exists []. apply unconditional_right. reflexivity.
    - exists s, m, (Op f args). auto.
  Qed.

  Lemma right_node_value : forall l n v, right I before mb l (Inner n) v -> node_value n v.
  Proof.
    intros l n v (Hp & s & f & args & m & Hs & _ & _ & _ & Hm & ->).
    exists s, m, (s_value s). rewrite Hp. auto.
  Qed.

  Lemma map_pointwise : forall (T : Type) (f g : T -> V) (l l' : list T), List.length l = List.length l' ->
    (forall j a a', nth_error l j = Some a -> nth_error l' j = Some a' -> f a = g a') -> map f l = map g l'.
  Proof.
    intros T f g l. induction l as [| a l IH]; intros [| a' l'] L H; try discriminate; [reflexivity |].
    simpl. rewrite (H 0 a a' eq_refl eq_refl), (IH l'); [reflexivity | injection L as L; exact L |].
    intros j b b' Hb Hb'. exact (H (S j) b b' Hb Hb').
  Qed.

  (** The claim for one instance, given it for those that ran before. *)
  Section Instance.
    Variables (l : list instance) (x : point).
    Let m := exec I l ma.
    Hypothesis earlier : forall s y n m', In (s, y) l -> operator_instance after s y -> stands_for phi s y n ->
      memory_at I after ma (s, y) m' -> node_value n (eval I m' y (s_value s)).

    (** isNode is right: the source has the value of the node. *)
    Lemma is_node_value : forall src v n, right I after ma l src v -> is_node phi src n -> node_value n v.
    Proof.
      intros [k | k] v n R H; [| destruct H].
      destruct R as (_ & s & f & args & m' & Hs & Hop & Hd & Hl & Hm & ->). destruct H as [_ H].
      pose proof (lookup_in _ _ _ Hs) as [Hin Hname].
      assert (Hinst : operator_instance after s (n_point k)) by (split; [exact Hin | split; [exact Hd |]]; exists f, args; exact Hop).
      destruct (covered_active _ _ _ (W5_phi_covers_the_domain after phi (r_W5 _ _ _ _ _ step_rules) s (n_point k) Hinst)) as (c & Hc).
      apply (earlier s (n_point k) n m' Hl Hinst); [| exact Hm].
      exists c. split; [exact Hc |]. apply H. rewrite <- Hname. exact Hc.
    Qed.

    (** sameSource is right: the source has the value of the operand. *)
    Lemma same_source_value : forall src v o v', right I after ma l src v -> same_source phi src o -> operand_value o v' -> v = v'.
    Proof.
      intros src v [n | t y] v' R H Hv'; simpl in H, Hv'.
      - exact (node_value_unique _ _ _ (is_node_value _ _ _ R H) Hv').
      - destruct Hv' as (lb & Hcov & Hright). destruct H as [_ H].
        destruct (covered_active _ _ _ Hcov) as (c & Hc).
        specialize (H c Hc). specialize (Hright c Hc).
        destruct (result c y) as [n | k].
        + exact (node_value_unique _ _ _ (is_node_value _ _ _ R H) (right_node_value _ _ _ Hright)).
        + subst src. simpl in R, Hright. congruence.
    Qed.

    (** Every operator that the walk meets has the value of its partner. *)
    Lemma walk_value : forall e n v, matches before Db phi x e n ->
      (forall path b i o v', value_at e path = Some (Load b i) -> demand before Db e n path o -> operand_value o v' -> m (b, i x) = v') ->
      node_value n v -> eval I m x e = v.
    Proof.
      induction e as [b i | c | z | f args IH] using expr_induction; intros n v Hmatch Hdemand Hv; inversion Hmatch as [f0 args0 args' n0 He Hlen Hargs]; subst.
      assert (Hsame_op : same_operator before f args n) by (exists args'; auto).
      destruct Hv as (s & m' & e' & Hs & Hm' & He' & ->).
      unfold expr_of in He. rewrite Hs, He' in He. injection He as ->. simpl. f_equal.
      apply map_pointwise; [exact Hlen |]. intros j a a' Ha Ha'.
      assert (Hchild : expr_of before (child n j) = Some a').
      { unfold expr_of. simpl. rewrite Hs, value_at_app, He'. simpl. rewrite Ha'. reflexivity. }
      pose proof (operand_right n s m' a' j Hs Hm' Hchild) as Hop.
      specialize (Hargs j a Ha).
      destruct a as [b i | c | z | g args2]; simpl.
      - apply (Hdemand [j] b i (operand_of before Db n j)); [simpl; rewrite Ha; reflexivity | econstructor; eassumption | exact Hop].
      - inversion Hargs as [ | c' o' Hsame | | | ]; subst. refine (same_source_value _ _ _ _ _ Hsame Hop). reflexivity.
      - inversion Hargs as [ | | z' o' Hsame | | ]; subst. refine (same_source_value _ _ _ _ _ Hsame Hop). reflexivity.
      - rewrite Forall_forall in IH. specialize (IH _ (nth_error_In _ _ Ha)).
        change (eval I m x (Op g args2) = eval I m' (n_point n) a').
        destruct (operand_of before Db n j) as [n' | t y] eqn:Eo; inversion Hargs as [ | | | g' args3 n2 Hm2 | g' args3 t' y' _ Hcases]; subst.
        + apply (IH n'); [exact Hm2 | | exact Hop].
          intros path b i o v' Hpath Hd. apply (Hdemand (j :: path) b i o v'); [simpl; rewrite Ha; exact Hpath |].
          eapply DemandNode; eassumption.
        + simpl in Hop. destruct Hop as (lb & Hcov & Hright).
          destruct (covered_active _ _ _ Hcov) as (c & Hc).
          destruct (Hcases c Hc) as (n' & Hn' & Hm2). specialize (Hright c Hc). rewrite Hn' in Hright.
          apply (IH n'); [exact Hm2 | | exact (right_node_value _ _ _ Hright)].
          intros path b i o v' Hpath Hd. apply (Hdemand (j :: path) b i o v'); [simpl; rewrite Ha; exact Hpath |].
          eapply DemandCases; eassumption.
    Qed.
  End Instance.

  (** val(S, x, []) = val_before(m), for every active case of phi with a target m. *)
  Theorem claim : forall l s x rest n, run after = l ++ (s, x) :: rest -> operator_instance after s x -> stands_for phi s x n ->
    node_value n (eval I (exec I l ma) x (s_value s)).
  Proof.
    intros l. induction l as [l IH] using (induction_ltof1 _ (@List.length instance)). unfold ltof in IH.
    intros s x rest n E Hinst Hn.
    assert (earlier : forall s' y n' m', In (s', y) l -> operator_instance after s' y -> stands_for phi s' y n' ->
      memory_at I after ma (s', y) m' -> node_value n' (eval I m' y (s_value s'))).
    { intros s' y n' m' Hin Hi Hs (l' & rest' & E' & ->). apply (IH l') with (rest := rest'); auto.
      destruct (in_split _ _ Hin) as (a & a' & ->). rewrite <- app_assoc in E.
      rewrite (run_once _ _ after_rules _ _ _ _ _ E' E), app_length. simpl. lia. }
    destruct (W1_target_exists _ _ _ _ (r_W1 _ _ _ _ _ step_rules) s x n Hinst Hn) as (t & Ht & Hdt).
    pose proof (W1_same_operators _ _ _ _ (r_W1 _ _ _ _ _ step_rules) s x n Hinst Hn) as Hmatch.
    (* The target runs in [before], and its value is some v. *)
    assert (Hrun : In (t, n_point n) (run before)).
    { apply (in_run _ _ before_rules). split; [exact (proj1 (lookup_in _ _ _ Ht)) | exact Hdt]. }
    destruct (in_split _ _ Hrun) as (lb & rb & Eb).
    assert (Hex : exists v, node_value n v).
    { inversion Hmatch as [f args args' n0 He Hlen Hargs]; subst. unfold expr_of in He. rewrite Ht in He.
      exists (eval I (exec I lb mb) (n_point n) (Op f args')), t, (exec I lb mb), (Op f args').
      split; [exact Ht | split; [exists lb, rb; auto | auto]]. }
    destruct Hex as (v & Hv).
    assert (Hvalue : eval I (exec I l ma) x (s_value s) = v).
    { apply (walk_value l x earlier (s_value s) n v Hmatch); [| exact Hv].
      intros path b i o v' Hpath Hdemand Ho.
      pose proof (rank_load _ _ _ _ Hpath) as Hj.
      pose proof (lookup_own after s (W0_names_are_unique _ (e_W0 _ _ after_rules)) (proj1 Hinst)) as Hlookup.
      destruct (sources_of after Da (rank (s_value s) path) s b i) as [ta |] eqn:Eta.
      - destruct (lemma3_copies I after Da ma after_rules after_given l s x rest _ b i _ ta E Hj Eta) as [Hcov Hright].
        destruct (covered_active _ _ _ Hcov) as (c & Hc).
        refine (same_source_value l earlier _ _ o v' (Hright c Hc) _ Ho).
        apply (W2_operands_have_the_same_source _ _ _ _ _ (r_W2 _ _ _ _ _ step_rules) s x n path o b i c); auto.
        unfold table_of. rewrite Hlookup, Eta. exact Hc.
      - exfalso. refine (W2_copies_end after Da (e_W2 _ _ after_rules) s _ b i (proj1 Hinst) Hj Eta). }
    rewrite Hvalue. exact Hv.
  Qed.
End Claim.
